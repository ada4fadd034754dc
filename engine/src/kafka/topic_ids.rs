//! What tells a topic from another one that is made under its name later: the id that brokers give each topic. The binding has no safe
//! way to ask for it.

use std::collections::BTreeMap;
use std::ffi::{CStr, CString, c_int};
use std::ptr;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::bindings as sys;
use rdkafka::consumer::Consumer;

use super::client::Client;

/// The ids of these topics. One that is not there, or whose broker has no such ids (before Kafka 2.8; the embedded one), is left out.
pub(super) fn topic_ids(client: &Client, names: &[Arc<str>], timeout: Duration) -> BTreeMap<Arc<str>, String> {
    let owned: Vec<CString> = names.iter().filter_map(|name| CString::new(&**name).ok()).collect();
    let mut pointers: Vec<_> = owned.iter().map(|name| name.as_ptr()).collect();
    let timeout = c_int::try_from(timeout.as_millis()).unwrap_or(c_int::MAX);
    let mut ids = BTreeMap::new();
    // SAFETY: the client lives through the call. What is made here is destroyed here, the event last: names and ids belong to it and are
    // copied before. A null client operation can't come: `rd_kafka_AdminOptions_new` only fails for an unknown operation.
    unsafe {
        let handle = client.client().native_ptr();
        let queue = sys::rd_kafka_queue_new(handle);
        let options =
            sys::rd_kafka_AdminOptions_new(handle, sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS);
        let topics = sys::rd_kafka_TopicCollection_of_topic_names(pointers.as_mut_ptr(), pointers.len());
        sys::rd_kafka_AdminOptions_set_request_timeout(options, timeout, ptr::null_mut(), 0);
        sys::rd_kafka_DescribeTopics(handle, topics, options, queue);
        let event = sys::rd_kafka_queue_poll(queue, timeout);
        if !event.is_null() {
            let result = sys::rd_kafka_event_DescribeTopics_result(event);
            if !result.is_null() {
                let mut count = 0;
                let described = sys::rd_kafka_DescribeTopics_result_topics(result, &raw mut count);
                for at in 0..count {
                    let topic = *described.add(at);
                    let name = CStr::from_ptr(sys::rd_kafka_TopicDescription_name(topic)).to_string_lossy();
                    let id = sys::rd_kafka_TopicDescription_topic_id(topic);
                    let known = names.iter().find(|known| ***known == *name);
                    if let (Some(known), false) = (known, id.is_null()) {
                        let high = sys::rd_kafka_Uuid_most_significant_bits(id).cast_unsigned();
                        let low = sys::rd_kafka_Uuid_least_significant_bits(id).cast_unsigned();
                        if (high, low) != (0, 0) {
                            ids.insert(Arc::clone(known), format!("{high:016x}{low:016x}"));
                        }
                    }
                }
            }
            sys::rd_kafka_event_destroy(event);
        }
        sys::rd_kafka_TopicCollection_destroy(topics);
        sys::rd_kafka_AdminOptions_destroy(options);
        sys::rd_kafka_queue_destroy(queue);
    }
    ids
}
