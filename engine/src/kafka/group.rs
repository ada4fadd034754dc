//! What a consumer group has committed, of whatever partitions.
//!
//! The crate's own consumers only tell of partitions that one names. Who looks for what an earlier run committed does not know them: the
//! pipeline may have changed since.

use std::ffi::{CStr, CString};
use std::ptr::{self, NonNull};
use std::slice;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::bindings as sys;
use rdkafka::consumer::{Consumer as _, ConsumerGroupMetadata};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode as Code};
use rdkafka::util::Timeout;

use super::client::{Client, Health};
use super::questions::Questions;
use super::settings::ClientSettings;
use crate::batch::TopicPartition;
use crate::error::{Fault, Result};

/// What a group has committed of a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Committed {
    pub(crate) partition: TopicPartition,
    pub(crate) offset: i64,
    /// What whoever committed it wrote beside it.
    pub(crate) metadata: String,
}

/// A group as one sees it from outside: nothing is subscribed to, so it has no members.
pub(crate) struct Group {
    name: String,
    /// A client of its own, which belongs to the group: the library crashes when a client that belongs to none asks a broker that does not
    /// keep the group (any more).
    questions: Questions,
}

impl Group {
    pub(crate) fn new(name: &str, settings: &ClientSettings, health: &Arc<Health>) -> Result<Self> {
        Ok(Self {
            name: name.to_owned(),
            questions: Questions::of_group(name, settings, health)?,
        })
    }

    /// What the group is to a transaction that commits offsets for it.
    pub(crate) fn metadata(&self) -> Result<ConsumerGroupMetadata> {
        let metadata = self.questions.client().group_metadata();
        metadata.ok_or_else(|| Fault::internal("a client without a group"))
    }

    /// All that the group has committed: nothing if there is no such group. Not among it is what a transaction under way is the first to
    /// commit of a partition; where it is not the first, it is waited for.
    pub(crate) async fn committed(&self, patience: Option<Duration>) -> Result<Vec<Committed>> {
        let name = self.name.clone();
        let what = "asking for a group's offsets failed";
        self.questions
            .ask(what, patience, move |client, timeout| {
                let timeout = match timeout {
                    Timeout::After(timeout) => i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX),
                    Timeout::Never => i32::MAX,
                };
                committed_now(client, &name, timeout)
            })
            .await
    }
}

/// Something of the library's that is given back by a function of its own.
struct Owned<T>(NonNull<T>, unsafe extern "C" fn(*mut T));

impl<T> Owned<T> {
    fn of(raw: *mut T, give_back: unsafe extern "C" fn(*mut T)) -> KafkaResult<Self> {
        let raw = NonNull::new(raw).ok_or(KafkaError::AdminOpCreation("the library made nothing".to_owned()))?;
        Ok(Self(raw, give_back))
    }

    fn raw(&self) -> *mut T {
        self.0.as_ptr()
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        // SAFETY: the handle is ours, and the function is the one that the library has for it.
        unsafe { (self.1)(self.raw()) }
    }
}

fn committed_now(client: &Client, group: &str, timeout_ms: i32) -> KafkaResult<Vec<Committed>> {
    let group = CString::new(group)?;
    let client = client.client().native_ptr();
    // SAFETY: the client outlives the call. All handles are valid until the end of this function, which waits for the answer; the event that
    // the answer lies in is the last to be made and the first to be given back. The two arrays are as long as the library says.
    unsafe {
        let queue = Owned::of(sys::rd_kafka_queue_new(client), sys::rd_kafka_queue_destroy)?;
        let operation = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS;
        let options = sys::rd_kafka_AdminOptions_new(client, operation);
        let options = Owned::of(options, sys::rd_kafka_AdminOptions_destroy)?;
        sys::rd_kafka_AdminOptions_set_request_timeout(options.raw(), timeout_ms, ptr::null_mut(), 0);
        let refused = sys::rd_kafka_AdminOptions_set_require_stable_offsets(options.raw(), 1);
        if !refused.is_null() {
            sys::rd_kafka_error_destroy(refused);
            return Err(KafkaError::AdminOpCreation(
                "stable offsets can't be asked for".to_owned(),
            ));
        }
        let request = sys::rd_kafka_ListConsumerGroupOffsets_new(group.as_ptr(), ptr::null());
        let request = Owned::of(request, sys::rd_kafka_ListConsumerGroupOffsets_destroy)?;
        sys::rd_kafka_ListConsumerGroupOffsets(client, &mut request.raw(), 1, options.raw(), queue.raw());
        let event = sys::rd_kafka_queue_poll(queue.raw(), timeout_ms.saturating_add(1000));
        let Some(event) = NonNull::new(event) else {
            return Err(KafkaError::OffsetFetch(Code::OperationTimedOut));
        };
        let event = Owned(event, sys::rd_kafka_event_destroy);
        check(Code::from(sys::rd_kafka_event_error(event.raw())))?;
        let result = sys::rd_kafka_event_ListConsumerGroupOffsets_result(event.raw());
        if result.is_null() {
            return Err(KafkaError::OffsetFetch(Code::BadMessage));
        }
        let mut count = 0;
        let groups = sys::rd_kafka_ListConsumerGroupOffsets_result_groups(result, &mut count);
        if groups.is_null() || count == 0 {
            return Ok(Vec::new());
        }
        let group = *groups;
        check(Code::from(sys::rd_kafka_error_code(sys::rd_kafka_group_result_error(
            group,
        ))))?;
        let list = sys::rd_kafka_group_result_partitions(group);
        if list.is_null() {
            return Ok(Vec::new());
        }
        let count = usize::try_from((*list).cnt).unwrap_or(0);
        match count {
            0 => Ok(Vec::new()),
            _ => slice::from_raw_parts((*list).elems, count)
                .iter()
                .filter_map(|element| committed_of(element).transpose())
                .collect(),
        }
    }
}

/// None: nothing is committed.
///
/// # Safety
/// The element is one of the library's, whole.
unsafe fn committed_of(element: &sys::rd_kafka_topic_partition_t) -> KafkaResult<Option<Committed>> {
    check(Code::from(element.err))?;
    if element.offset < 0 {
        return Ok(None);
    }
    // SAFETY: a topic's name ends in a NUL, and there are as many bytes of metadata as it says.
    let (topic, metadata) = unsafe {
        let metadata = match element.metadata.is_null() {
            true => &[][..],
            false => slice::from_raw_parts(element.metadata.cast::<u8>(), element.metadata_size),
        };
        (CStr::from_ptr(element.topic).to_string_lossy(), metadata)
    };
    Ok(Some(Committed {
        partition: TopicPartition {
            topic: Arc::from(topic),
            partition: element.partition,
        },
        offset: element.offset,
        metadata: String::from_utf8_lossy(metadata).into_owned(),
    }))
}

fn check(code: Code) -> KafkaResult<()> {
    match code {
        Code::NoError => Ok(()),
        code => Err(KafkaError::OffsetFetch(code)),
    }
}
