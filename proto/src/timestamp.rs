//! `google.protobuf.Timestamp` with its canonical JSON.

use jiff::fmt::temporal::DateTimePrinter;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

/// An instant: `google.protobuf.Timestamp`. As JSON it is RFC 3339 in UTC with `Z` and 0, 3, 6 or 9 decimals.
#[derive(Clone, Copy, PartialEq, Eq, Hash, prost::Message)]
pub struct Timestamp {
    /// Seconds since 1970-01-01T00:00:00Z, negative before.
    #[prost(int64, tag = "1")]
    pub seconds: i64,
    /// Nanoseconds after that second, 0 to 999,999,999.
    #[prost(int32, tag = "2")]
    pub nanos: i32,
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let instant = jiff::Timestamp::new(self.seconds, self.nanos).map_err(ser::Error::custom)?;
        let decimals = match self.nanos {
            0 => 0,
            nanos if nanos % 1_000_000 == 0 => 3,
            nanos if nanos % 1_000 == 0 => 6,
            _ => 9,
        };
        let text = DateTimePrinter::new().precision(Some(decimals)).timestamp_to_string(&instant);
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let instant: jiff::Timestamp = text.parse().map_err(de::Error::custom)?;
        // An instant before 1970 has its nanoseconds counted back from its second; here they count on from the one before.
        let seconds = instant.as_second() - i64::from(instant.subsec_nanosecond() < 0);
        let nanos = instant.subsec_nanosecond().rem_euclid(1_000_000_000);
        Ok(Self { seconds, nanos })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_of_an_instant_is_the_canonical_one() {
        for (seconds, nanos, json) in [
            (0, 0, "\"1970-01-01T00:00:00Z\""),
            (1_736_043_825, 200_000_000, "\"2025-01-05T02:23:45.200Z\""),
            (1_736_043_825, 1_000, "\"2025-01-05T02:23:45.000001Z\""),
            (-1, 999_999_999, "\"1969-12-31T23:59:59.999999999Z\""),
        ] {
            let instant = Timestamp { seconds, nanos };
            assert_eq!(serde_json::to_string(&instant).unwrap(), json);
            assert_eq!(serde_json::from_str::<Timestamp>(json).unwrap(), instant);
        }
    }
}
