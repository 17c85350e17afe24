//! Instants: [`junheng_proto::Timestamp`] ↔ [`jiff::Timestamp`].

use jiff::Timestamp;

/// Encodes an instant.
#[must_use]
pub fn encode(instant: Timestamp) -> junheng_proto::Timestamp {
    let (mut seconds, mut nanos) = (instant.as_second(), instant.subsec_nanosecond());
    if nanos < 0 {
        seconds -= 1;
        nanos += 1_000_000_000;
    }
    junheng_proto::Timestamp { seconds, nanos }
}

/// Decodes an instant, if it is one.
#[must_use]
pub fn decode(message: &junheng_proto::Timestamp) -> Option<Timestamp> {
    if !(0..1_000_000_000).contains(&message.nanos) {
        return None;
    }
    Timestamp::new(message.seconds, message.nanos).ok()
}
