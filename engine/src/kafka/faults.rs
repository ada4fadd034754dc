//! What Kafka's error codes mean to a user: who has to act, and what to do.

use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};

use crate::error::{Fault, Kind};

/// How a code is to be taken.
pub(crate) fn kind_of(code: Code) -> Kind {
    match code {
        Code::BrokerTransportFailure
        | Code::AllBrokersDown
        | Code::Resolve
        | Code::OperationTimedOut
        | Code::MessageTimedOut
        | Code::TimedOutQueue
        | Code::RequestTimedOut
        | Code::LeaderNotAvailable
        | Code::NotLeaderForPartition
        | Code::BrokerNotAvailable
        | Code::ReplicaNotAvailable
        | Code::NetworkException
        | Code::CoordinatorLoadInProgress
        | Code::CoordinatorNotAvailable
        | Code::NotCoordinator
        | Code::NotEnoughReplicas
        | Code::NotEnoughReplicasAfterAppend
        | Code::WaitCache
        | Code::Retry
        | Code::OffsetNotAvailable
        | Code::FencedLeaderEpoch
        | Code::UnknownLeaderEpoch
        | Code::UnstableOffsetCommit
        | Code::ConcurrentTransactions
        | Code::DestroyBroker => Kind::Unavailable,
        Code::OffsetOutOfRange
        | Code::AutoOffsetReset
        | Code::BadMessage
        | Code::InvalidMessage
        | Code::BadCompression
        | Code::MessageSizeTooLarge
        | Code::MessageBatchTooLarge
        | Code::InvalidMessageSize
        | Code::InvalidTimestamp => Kind::Data,
        _ => Kind::Refused,
    }
}

/// Whether the broker turned the client away, rather than being away itself: no use in waiting.
pub(crate) fn turns_away(code: Code) -> bool {
    matches!(
        code,
        Code::Authentication
            | Code::SaslAuthenticationFailed
            | Code::UnsupportedSASLMechanism
            | Code::IllegalSASLState
            | Code::TopicAuthorizationFailed
            | Code::ClusterAuthorizationFailed
            | Code::SSL
    )
}

/// Whether a broker says so for a moment after it, or one beside it, was started again.
pub(crate) fn is_passing(code: Code) -> bool {
    matches!(
        code,
        Code::UnknownPartition
            | Code::NotLeaderForPartition
            | Code::LeaderNotAvailable
            | Code::ReplicaNotAvailable
            | Code::FencedLeaderEpoch
            | Code::UnknownLeaderEpoch
    )
}

/// Whether the topic or partition is not there (any more).
pub(crate) fn is_missing(code: Code) -> bool {
    matches!(
        code,
        Code::UnknownTopicOrPartition | Code::UnknownTopic | Code::UnknownPartition | Code::UnknownTopicId
    )
}

fn advice(code: Code) -> Option<&'static str> {
    Some(match code {
        Code::Authentication | Code::SaslAuthenticationFailed => {
            "check `kafka.sasl.username`, `kafka.sasl.password` and `kafka.sasl.mechanism`"
        }
        Code::UnsupportedSASLMechanism | Code::IllegalSASLState => {
            "the broker speaks another `kafka.sasl.mechanism` or `kafka.security.protocol`"
        }
        Code::SSL => "check `kafka.ssl.ca.location` and that the listener of this port speaks TLS",
        Code::TopicAuthorizationFailed => "the user needs the rights to describe the topic, and to read or write it",
        Code::TransactionalIdAuthorizationFailed => {
            "a sink that goes with checkpoints needs the right to write with transactional ids that begin with `wasmill.`"
        }
        Code::GroupAuthorizationFailed => {
            "a sink that goes with checkpoints needs the right to read with groups that begin with `wasmill.`"
        }
        Code::InvalidTransactionTimeout => {
            "the broker allows less (`transaction.max.timeout.ms`): say so by `transaction.timeout.ms` under `[kafka]`"
        }
        Code::ClusterAuthorizationFailed => "the user lacks the right to do this on the cluster",
        Code::UnknownTopicOrPartition | Code::UnknownTopic => {
            "`wasmill topics` lists the topics there are; `wasmill topics create` makes one"
        }
        Code::TopicAlreadyExists => "`wasmill topics` shows it; `wasmill topics delete` removes it",
        Code::InvalidTopic => "a topic's name has up to 249 letters, digits, `.`, `_` and `-`",
        Code::MessageSizeTooLarge => "the topic's `max.message.bytes` is smaller than this record",
        Code::BrokerTransportFailure | Code::AllBrokersDown | Code::Resolve | Code::OperationTimedOut => {
            "is it running, and is the address right? `wasmill broker` starts one on this machine"
        }
        _ => return None,
    })
}

/// A fault of a broker's answer or silence; `what` says what failed.
pub(crate) fn fault(what: impl Into<String>, error: KafkaError) -> Fault {
    match error.rdkafka_error_code() {
        Some(code) => of_code(what, code, None),
        None => match error {
            KafkaError::ClientConfig(_, text, key, _) => Fault::usage(what)
                .at(format!("`kafka.{key}`"))
                .because(text)
                .hint("the settings are librdkafka's; its CONFIGURATION.md lists them"),
            KafkaError::ClientCreation(text) => Fault::usage(what).because(text),
            other => Fault::new(Kind::Internal, what).because(other),
        },
    }
}

/// A fault of an error code; `reason` is the client library's longer text, where there is one.
pub(crate) fn of_code(what: impl Into<String>, code: Code, reason: Option<&str>) -> Fault {
    let text = match reason {
        Some(reason) if !reason.is_empty() => reason.to_owned(),
        _ => plain(code),
    };
    let fault = Fault::new(kind_of(code), what).because(text);
    match advice(code) {
        Some(advice) => fault.hint(advice),
        None => fault,
    }
}

/// A code's own text, without the library's name for it: `broker transport failure`.
pub(crate) fn plain(code: Code) -> String {
    let text = code.to_string();
    // `BrokerTransportFailure (Local: Broker transport failure)`: the part in brackets is for people.
    let inner = text
        .split_once(" (")
        .map_or(text.as_str(), |(_, inner)| inner.trim_end_matches(')'));
    let inner = inner
        .strip_prefix("Local: ")
        .or_else(|| inner.strip_prefix("Broker: "))
        .unwrap_or(inner);
    let mut letters = inner.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => text,
    }
}

#[cfg(test)]
#[path = "faults_test.rs"]
mod tests;
