//! The client library's interface for partitions started by hand, made safe.
//!
//! The crate's own consumers need a group, whose coordinator they look for even when offsets are assigned by hand, allocate
//! twice a record, and don't tell at which offset a partition ended. This interface does without: records come in groups,
//! one queue a partition, and the end of a partition is an event with its offset. All of the engine's foreign calls to the
//! library are in this file.

use std::borrow::Cow;
use std::ffi::{CStr, CString, c_void};
use std::ptr::{self, NonNull};
use std::slice;
use std::sync::Arc;

use rdkafka::bindings as sys;
use rdkafka::consumer::Consumer;
use rdkafka::error::RDKafkaErrorCode as Code;
use rdkafka::types::RDKafkaRespErr;
use tokio::sync::Notify as Wake;

use crate::batch::RecordRef;
use crate::error::{Fault, Result};
use crate::kafka::client::Client;

/// A topic, partitions of which can be started.
pub(super) struct Topic {
    raw: NonNull<sys::rd_kafka_topic_t>,
    name: CString,
    /// Keeps the client alive for as long as the handle.
    client: Arc<Client>,
}

// SAFETY: the library's handles may be used from any thread, at the same time.
unsafe impl Send for Topic {}

impl Topic {
    pub(super) fn new(client: &Arc<Client>, name: &str) -> Result<Self> {
        let name = CString::new(name).map_err(|_| Fault::usage("a topic's name has a NUL in it"))?;
        // SAFETY: client and name are valid; without a configuration the client's default one is used.
        let raw = unsafe { sys::rd_kafka_topic_new(client.client().native_ptr(), name.as_ptr(), ptr::null_mut()) };
        let raw = NonNull::new(raw).ok_or_else(|| {
            Fault::usage(format!("`{}` can't be a topic's name", name.to_string_lossy()))
                .hint("a topic's name has up to 249 letters, digits, `.`, `_` and `-`")
        })?;
        Ok(Self {
            raw,
            name,
            client: Arc::clone(client),
        })
    }

    /// Starts to fetch a partition; `wake` is notified whenever its empty queue gets something.
    pub(super) fn start(&self, partition: i32, offset: i64, wake: &Arc<Wake>) -> Result<()> {
        // SAFETY: the handle is valid.
        if unsafe { sys::rd_kafka_consume_start(self.raw.as_ptr(), partition, offset) } != 0 {
            // SAFETY: no preconditions; the error is this thread's.
            let code = Code::from(unsafe { sys::rd_kafka_last_error() });
            return Err(crate::kafka::faults::of_code("reading can't start", code, None));
        }
        self.ring(partition, Some(wake));
        Ok(())
    }

    fn ring(&self, partition: i32, wake: Option<&Arc<Wake>>) {
        // SAFETY: client and name are valid; the queue handle is destroyed below, which leaves the queue itself alone.
        // The callback's argument outlives it: `stop` takes the callback away before the owner of `wake` lets go of it.
        unsafe {
            let queue =
                sys::rd_kafka_queue_get_partition(self.client.client().native_ptr(), self.name.as_ptr(), partition);
            if queue.is_null() {
                return;
            }
            match wake {
                Some(wake) => {
                    sys::rd_kafka_queue_cb_event_enable(queue, Some(wake_up), Arc::as_ptr(wake).cast_mut().cast());
                }
                None => sys::rd_kafka_queue_cb_event_enable(queue, None, ptr::null_mut()),
            }
            sys::rd_kafka_queue_destroy(queue);
        }
    }

    /// Moves a started partition to another offset; what was fetched ahead is thrown away.
    pub(super) fn seek(&self, partition: i32, offset: i64) -> Result<()> {
        // SAFETY: the handle is valid. Without a timeout the call does not wait; the order is kept by the library.
        let error = unsafe { sys::rd_kafka_seek(self.raw.as_ptr(), partition, offset, 0) };
        match Code::from(error) {
            Code::NoError => Ok(()),
            code => Err(crate::kafka::faults::of_code("moving to an offset failed", code, None)),
        }
    }

    /// Starts a partition again whose fetching stopped with an error; a seek would not.
    pub(super) fn restart(&self, partition: i32, offset: i64, wake: &Arc<Wake>) -> Result<()> {
        self.stop(partition);
        self.start(partition, offset, wake)
    }

    /// Ends the fetching of a partition.
    pub(super) fn stop(&self, partition: i32) {
        self.ring(partition, None);
        // SAFETY: the handle is valid; a failure means that the partition was not started.
        unsafe { sys::rd_kafka_consume_stop(self.raw.as_ptr(), partition) };
    }

    /// Takes what was fetched, in order: waits for the first event up to `timeout_ms`, then takes what is there, up to the
    /// room in `into`'s capacity.
    pub(super) fn take(&self, partition: i32, timeout_ms: i32, most: usize, into: &mut impl Extend<Fetched>) -> usize {
        const ROOM: usize = 256;
        let mut group = [ptr::null_mut::<sys::rd_kafka_message_t>(); ROOM];
        let mut fill = |timeout_ms: i32, most: usize| {
            // SAFETY: `group` has room for as many messages as are asked for.
            let count = unsafe {
                sys::rd_kafka_consume_batch(
                    self.raw.as_ptr(),
                    partition,
                    timeout_ms,
                    group.as_mut_ptr(),
                    most.min(ROOM),
                )
            };
            // -1 says that the partition is not started; there is nothing to take then.
            let count = usize::try_from(count).unwrap_or(0);
            into.extend(
                group[..count]
                    .iter()
                    .filter_map(|message| NonNull::new(*message).map(Fetched)),
            );
            count
        };
        // A call for many messages waits until all of them are there; a call for one does not.
        match fill(0, most) {
            0 if timeout_ms > 0 => match fill(timeout_ms, 1) {
                0 => 0,
                first => first + fill(0, most.saturating_sub(first)),
            },
            count => count,
        }
    }
}

impl Drop for Topic {
    fn drop(&mut self) {
        // SAFETY: the handle is valid and not used again.
        unsafe { sys::rd_kafka_topic_destroy(self.raw.as_ptr()) }
    }
}

unsafe extern "C" fn wake_up(_: *mut sys::rd_kafka_t, wake: *mut c_void) {
    // SAFETY: `wake` was made from an `Arc` that lives until the callback is taken away (see `ring`).
    unsafe { &*wake.cast::<Wake>() }.notify_one();
}

/// A header's name and value.
pub(super) type Header<'a> = (Cow<'a, str>, Option<&'a [u8]>);

/// One event of a partition: a record, its end, or an error.
pub(super) struct Fetched(NonNull<sys::rd_kafka_message_t>);

// SAFETY: a message is owned by whoever holds it, and may be freed on any thread.
unsafe impl Send for Fetched {}

impl Drop for Fetched {
    fn drop(&mut self) {
        // SAFETY: the message is ours and not used again.
        unsafe { sys::rd_kafka_message_destroy(self.0.as_ptr()) }
    }
}

impl Fetched {
    fn message(&self) -> &sys::rd_kafka_message_t {
        // SAFETY: the library gave us the message; it lives until `drop`.
        unsafe { self.0.as_ref() }
    }

    /// The error, if this is no record.
    pub(super) fn error(&self) -> Option<Code> {
        match self.message().err {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR => None,
            error => Some(error.into()),
        }
    }

    /// What the library says of the error.
    pub(super) fn reason(&self) -> Cow<'_, str> {
        // SAFETY: the message is valid; the text belongs to it.
        let text = unsafe { sys::rd_kafka_message_errstr(self.0.as_ptr()) };
        if text.is_null() {
            return Cow::Borrowed("");
        }
        // SAFETY: the library ends its texts with a NUL.
        unsafe { CStr::from_ptr(text) }.to_string_lossy()
    }

    /// The record's offset, or the one at which the partition ends or the error arose.
    pub(super) fn offset(&self) -> i64 {
        self.message().offset
    }

    fn bytes(&self, data: *const c_void, length: usize) -> Option<&[u8]> {
        // SAFETY: pointer and length are the message's own, and the bytes live as long as it.
        (!data.is_null()).then(|| unsafe { slice::from_raw_parts(data.cast(), length) })
    }

    /// The record, borrowed.
    pub(super) fn record<'a>(&'a self, topic: &'a str) -> RecordRef<'a> {
        let message = self.message();
        let mut kind = sys::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
        // SAFETY: the message is valid, `kind` is written before the call returns.
        let timestamp = unsafe { sys::rd_kafka_message_timestamp(self.0.as_ptr(), &mut kind) };
        let (timestamp_ms, timestamp_type) = match kind {
            sys::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE => (None, -1),
            sys::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_CREATE_TIME => (Some(timestamp), 0),
            sys::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME => (Some(timestamp), 1),
        };
        RecordRef {
            key: self.bytes(message.key, message.key_len),
            value: self.bytes(message.payload, message.len),
            topic,
            partition: message.partition,
            offset: message.offset,
            // -1 is Kafka's "no timestamp", whatever the topic's kind of timestamps.
            timestamp_ms: timestamp_ms.filter(|ms| *ms != -1),
            timestamp_type,
        }
    }

    /// The record's headers; `None` if it has none.
    pub(super) fn headers(&self) -> Option<Vec<Header<'_>>> {
        let mut headers = ptr::null_mut();
        // SAFETY: the message is valid; the headers belong to it.
        let error = unsafe { sys::rd_kafka_message_headers(self.0.as_ptr(), &mut headers) };
        if error != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR || headers.is_null() {
            return None;
        }
        let mut all = Vec::new();
        loop {
            let (mut name, mut value, mut length) = (ptr::null(), ptr::null(), 0);
            // SAFETY: the headers are valid; past the last one the library answers with an error.
            let error = unsafe { sys::rd_kafka_header_get_all(headers, all.len(), &mut name, &mut value, &mut length) };
            if error != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR || name.is_null() {
                break;
            }
            // SAFETY: the name ends with a NUL and lives as long as the message.
            let name = unsafe { CStr::from_ptr(name) }.to_string_lossy();
            all.push((name, self.bytes(value, length)));
        }
        Some(all).filter(|all| !all.is_empty())
    }
}
