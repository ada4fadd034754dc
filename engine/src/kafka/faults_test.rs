use super::*;

#[test]
fn codes_say_who_must_act() {
    assert_eq!(kind_of(Code::BrokerTransportFailure), Kind::Unavailable);
    assert_eq!(kind_of(Code::OffsetOutOfRange), Kind::Data);
    assert_eq!(kind_of(Code::SaslAuthenticationFailed), Kind::Refused);
    assert!(turns_away(Code::SSL));
    assert!(is_missing(Code::UnknownTopic));
}

#[test]
fn a_fault_has_what_why_and_what_to_do() {
    let fault = fault(
        "listing the topics failed",
        KafkaError::MetadataFetch(Code::BrokerTransportFailure),
    );
    assert_eq!(fault.to_string(), "listing the topics failed: broker transport failure");
    assert!(fault.may_retry());
    assert_eq!(
        fault.advice(),
        Some("is it running, and is the address right? `wasmill broker` starts one on this machine")
    );
}
