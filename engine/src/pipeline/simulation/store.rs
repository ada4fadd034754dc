//! The store as one process sees it: over a network that the seed rules, until the process dies.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use object_store::multipart::{MultipartStore, PartId};
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartId, MultipartUpload, ObjectMeta, ObjectStore,
    PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use tokio::sync::oneshot;

use super::process::{Moment, Process};
use super::server::Server;
use super::weather::{Answer, Fate};
use super::world::World;

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) verb: &'static str,
    pub(super) path: String,
}

/// Requests of one process. It refuses nothing by itself; once the process is dead, nothing is answered any more.
#[derive(Debug, Clone)]
pub(super) struct SimStore {
    world: Arc<World>,
    process: Arc<Process>,
}

impl fmt::Display for SimStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SimStore({})", self.process.number())
    }
}

fn busy() -> Error {
    Error::Generic {
        store: "S3",
        source: "Server returned non-2xx status code: 503 Service Unavailable: <Error><Code>SlowDown</Code>\
                 <Message>Please reduce your request rate.</Message></Error>"
            .into(),
    }
}

impl SimStore {
    pub(super) fn new(world: &Arc<World>, process: &Arc<Process>) -> Self {
        Self {
            world: Arc::clone(world),
            process: Arc::clone(process),
        }
    }

    /// Sends a request and waits for the answer. The request goes its own way: whether it arrives does not hang on whether anybody
    /// waits.
    async fn call<T, E>(&self, verb: &'static str, path: &Path, effect: E) -> Result<T>
    where
        T: Send + 'static,
        E: Fn(&Server) -> Result<T> + Send + Sync + 'static,
    {
        let request = Request {
            verb,
            path: path.to_string(),
        };
        let moment = self.process.count();
        if moment == Some(Moment::Before) {
            self.world
                .note(&self.process, &request, "the process ends before it is sent");
            self.process.strike();
        }
        self.process.alive().await;
        let fate = self.world.fate();
        let (answer, answered) = oneshot::channel();
        let (world, process) = (Arc::clone(&self.world), Arc::clone(&self.process));
        tokio::spawn(async move {
            let result = travel(&world, &process, &request, &fate, moment, &effect).await;
            pause(fate.back).await;
            let _nobody_waits_any_more = answer.send(result);
            if let Some(later) = fate.again {
                pause(later).await;
                let result = effect(world.server());
                world.done(&process, &request, "arrives again", result.as_ref().err());
            }
        });
        let answer = answered.await;
        self.process.alive().await;
        match answer {
            Ok(answer) => answer,
            // The request went down with the process, which is dead.
            Err(_) => std::future::pending().await,
        }
    }
}

async fn pause(time: Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}

/// From the client to the store, and what is done there.
async fn travel<T>(
    world: &Arc<World>,
    process: &Process,
    request: &Request,
    fate: &Fate,
    moment: Option<Moment>,
    effect: &impl Fn(&Server) -> Result<T>,
) -> Result<T> {
    pause(fate.out).await;
    if fate.answer == Answer::Refused {
        world.note(process, request, "is refused: busy");
        return Err(busy());
    }
    if process.is_dead() && fate.dies_with_client {
        world.note(process, request, "is lost with its process");
        return Err(busy());
    }
    let result = effect(world.server());
    let how = match fate.answer {
        Answer::Lost => "is done, and the answer lost",
        _ => "is done",
    };
    world.done(process, request, how, result.as_ref().err());
    if let (Some((later, tear)), Ok(_)) = (fate.torn, &result) {
        world.tear_later(request, later, tear);
    }
    if moment == Some(Moment::After) {
        world.note(process, request, "was the last: the process ends");
        process.strike();
    }
    match fate.answer {
        Answer::Lost => Err(busy()),
        _ => result,
    }
}

#[async_trait]
impl ObjectStore for SimStore {
    async fn put_opts(&self, path: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        let verb = match options.mode {
            PutMode::Overwrite => "put",
            PutMode::Create => "create",
            PutMode::Update(_) => "update",
        };
        let to = path.clone();
        let effect = move |server: &Server| server.put(&to, payload.clone(), options.clone());
        self.call(verb, path, effect).await
    }

    async fn put_multipart_opts(&self, _: &Path, _: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        Err(Error::NotImplemented {
            operation: "put_multipart_opts".to_owned(),
            implementer: self.to_string(),
        })
    }

    async fn get_opts(&self, path: &Path, options: GetOptions) -> Result<GetResult> {
        let verb = if options.head { "head" } else { "get" };
        let from = path.clone();
        self.call(verb, path, move |server| server.get(&from, options.clone()))
            .await
    }

    fn delete_stream(&self, paths: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        let store = self.clone();
        let delete = move |path: Path| {
            let store = store.clone();
            async move {
                let of = path.clone();
                store.call("delete", &path, move |server| server.delete(&of)).await
            }
        };
        // Side by side, as an object store's own client: some may be gone when others are not.
        paths
            .map(move |path| {
                let delete = delete.clone();
                async move { delete(path?).await }
            })
            .buffered(8)
            .boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let (store, prefix) = (self.clone(), prefix.cloned());
        let listed = async move {
            let under = prefix.clone().unwrap_or_default();
            let found = store.call("list", &under, move |server| Ok(server.list(prefix.as_ref())));
            found.await.map(futures::stream::iter)
        };
        futures::stream::once(listed).try_flatten().boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let (under, prefix) = (prefix.cloned().unwrap_or_default(), prefix.cloned());
        self.call("list", &under, move |server| server.list_level(prefix.as_ref()))
            .await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        let (from, into) = (from.clone(), to.clone());
        let effect = move |server: &Server| server.copy(&from, &into, options.clone());
        self.call("copy", to, effect).await
    }
}

#[async_trait]
impl MultipartStore for SimStore {
    async fn create_multipart(&self, path: &Path) -> Result<MultipartId> {
        let of = path.clone();
        self.call("begin", path, move |server| Ok(server.begin(&of))).await
    }

    async fn put_part(&self, path: &Path, id: &MultipartId, number: usize, payload: PutPayload) -> Result<PartId> {
        let (of, id) = (path.clone(), id.clone());
        let effect = move |server: &Server| server.put_part(&of, &id, number, payload.clone());
        self.call("part", path, effect).await
    }

    async fn complete_multipart(&self, path: &Path, id: &MultipartId, parts: Vec<PartId>) -> Result<PutResult> {
        let (of, id) = (path.clone(), id.clone());
        let effect = move |server: &Server| server.complete(&of, &id, &parts);
        self.call("complete", path, effect).await
    }

    async fn abort_multipart(&self, path: &Path, id: &MultipartId) -> Result<()> {
        let (of, id) = (path.clone(), id.clone());
        self.call("abort", path, move |server| server.abort(&of, &id)).await
    }
}

#[cfg(test)]
#[path = "store_test.rs"]
mod tests;
