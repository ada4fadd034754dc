//! An object on its way to a store.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use object_store::multipart::PartId;
use object_store::path::Path;
use object_store::{ObjectStoreExt, PutPayload};
use tokio::task::JoinSet;

use super::{PART_BYTES, PARTS_IN_FLIGHT, Store};
use crate::error::{Fault, Result};
use crate::storage::folder::{Hidden, Prepared};

/// An object under way, to a hidden name. A small one goes there in one request, a larger one in parts.
pub(crate) struct StoreUpload {
    store: Store,
    /// The path it will have, and the one that it has until then.
    path: String,
    hidden: String,
    /// The hidden one as a key.
    full: Path,
    /// None until there is a part to send: what dies before leaves nothing behind.
    upload_id: Option<Arc<str>>,
    bytes: u64,
    /// Less than a part.
    waiting: Vec<Bytes>,
    waiting_bytes: usize,
    sending: JoinSet<Result<(usize, String)>>,
    /// Ids of the parts in their order; empty where one is still under way.
    sent: Vec<String>,
}

impl fmt::Debug for StoreUpload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreUpload")
            .field("path", &self.path)
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

impl StoreUpload {
    pub(super) fn new(store: Store, path: String, hidden: String, full: Path) -> Self {
        Self {
            store,
            path,
            hidden,
            full,
            upload_id: None,
            bytes: 0,
            waiting: Vec::new(),
            waiting_bytes: 0,
            sending: JoinSet::new(),
            sent: Vec::new(),
        }
    }

    pub(crate) async fn write(&mut self, chunks: Vec<Bytes>) -> Result<()> {
        for mut chunk in chunks {
            self.bytes += chunk.len() as u64;
            while self.waiting_bytes + chunk.len() >= PART_BYTES {
                let head = chunk.split_to(PART_BYTES - self.waiting_bytes);
                self.waiting.push(head);
                self.send().await?;
            }
            if !chunk.is_empty() {
                self.waiting_bytes += chunk.len();
                self.waiting.push(chunk);
            }
        }
        Ok(())
    }

    pub(crate) fn hidden(&self) -> Option<Hidden> {
        Some(Hidden::Upload {
            path: self.hidden.clone(),
            upload_id: self.upload_id.as_ref()?.to_string(),
        })
    }

    pub(crate) fn buffered(&self) -> usize {
        self.waiting_bytes + self.sending.len() * PART_BYTES
    }

    pub(crate) async fn prepare(mut self) -> Result<Prepared> {
        match self.upload_id {
            None => self.put().await?,
            Some(_) => self.put_together().await?,
        }
        Ok(Prepared {
            path: self.path,
            bytes: self.bytes,
            hidden: Hidden::File(self.hidden),
        })
    }

    /// All of it is still here.
    async fn put(&mut self) -> Result<()> {
        let payload: PutPayload = std::mem::take(&mut self.waiting).into_iter().collect();
        let put = || self.store.objects.put(&self.full, payload.clone());
        let place = self.store.place(&self.path);
        self.store.retried(self.store.running, &place, put).await.map(drop)
    }

    /// Sends the last part, and has the store put all of them together. If the answer to that is lost, the next try finds no upload, but
    /// the object.
    async fn put_together(&mut self) -> Result<()> {
        if self.waiting_bytes > 0 {
            self.send().await?;
        }
        while !self.sending.is_empty() {
            self.receive().await?;
        }
        let upload_id = self.upload_id.as_deref().unwrap_or_default().to_owned();
        let complete = || async {
            let parts = self.sent.iter().map(|id| PartId { content_id: id.clone() }).collect();
            match self.store.parts.complete_multipart(&self.full, &upload_id, parts).await {
                Ok(_) => Ok(()),
                Err(_) if self.store.is_there(&self.full, self.bytes).await? => Ok(()),
                Err(error) => Err(error),
            }
        };
        let place = self.store.place(&self.path);
        self.store.retried(self.store.running, &place, complete).await
    }

    pub(crate) async fn abort(mut self) {
        self.sending.shutdown().await;
        if let Some(upload_id) = &self.upload_id {
            self.store.abort(&self.hidden, upload_id).await;
        }
    }

    /// Sends what waits as the next part, in the background.
    async fn send(&mut self) -> Result<()> {
        while self.sending.len() >= PARTS_IN_FLIGHT {
            self.receive().await?;
        }
        let upload_id = match &self.upload_id {
            Some(upload_id) => Arc::clone(upload_id),
            None => {
                let create = || self.store.parts.create_multipart(&self.full);
                let place = self.store.place(&self.path);
                let created = self.store.retried(self.store.running, &place, create).await?;
                Arc::clone(self.upload_id.insert(Arc::from(created)))
            }
        };
        let number = self.sent.len();
        self.sent.push(String::new());
        self.waiting_bytes = 0;
        let payload: PutPayload = std::mem::take(&mut self.waiting).into_iter().collect();
        let (store, path, full) = (self.store.clone(), self.path.clone(), self.full.clone());
        let upload_id = upload_id.to_string();
        self.sending.spawn(async move {
            let put = || store.parts.put_part(&full, &upload_id, number, payload.clone());
            let part = store.retried(store.running, &store.place(&path), put).await?;
            Ok((number, part.content_id))
        });
        Ok(())
    }

    /// Waits for one of the parts under way.
    async fn receive(&mut self) -> Result<()> {
        match self.sending.join_next().await {
            None => Ok(()),
            Some(Ok(sent)) => {
                let (number, id) = sent?;
                if let Some(place) = self.sent.get_mut(number) {
                    *place = id;
                }
                Ok(())
            }
            Some(Err(error)) => Err(Fault::internal("an upload ended early").because(error)),
        }
    }
}
