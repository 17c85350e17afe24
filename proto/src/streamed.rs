//! A message of `SubmitMonths`, and what was overlooked in reading it.

use prost::{
    DecodeError, Message,
    bytes::{Buf, BufMut},
    encoding::{DecodeContext, WireType, message, skip_field},
};

use crate::ingest::v1::SubmitMonthRequest;

/// One message of SubmitMonths.
///
/// It is the message of the protobuf file, and tells what protobuf overlooks in one that came: a stream answers that and goes on, where a message
/// that cannot be decoded would end it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SubmitMonthsRequest {
    /// The county's month.
    pub submission: Option<SubmitMonthRequest>,
    /// What reading the message overlooked, `submission: field 99 is unknown`; empty: nothing. It is never sent.
    pub overlooked: String,
}

impl From<SubmitMonthRequest> for SubmitMonthsRequest {
    fn from(submission: SubmitMonthRequest) -> Self {
        Self { submission: Some(submission), overlooked: String::new() }
    }
}

impl Message for SubmitMonthsRequest {
    fn encode_raw(&self, buffer: &mut impl BufMut) {
        if let Some(submission) = &self.submission {
            message::encode(1, submission, buffer);
        }
    }

    fn merge_field(
        &mut self,
        tag: u32,
        wire_type: WireType,
        buffer: &mut impl Buf,
        context: DecodeContext,
    ) -> Result<(), DecodeError> {
        match tag {
            1 => message::merge(wire_type, self.submission.get_or_insert_default(), buffer, context),
            _ => skip_field(wire_type, tag, buffer, context),
        }
    }

    fn encoded_len(&self) -> usize {
        self.submission.as_ref().map_or(0, |submission| message::encoded_len(1, submission))
    }

    fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stands_on_the_wire_as_the_protobuf_file_says() {
        let submission = SubmitMonthRequest { region: "regions/210922".into(), ..SubmitMonthRequest::default() };
        let inner = submission.encode_to_vec();
        let bytes = [&[0x0a, u8::try_from(inner.len()).unwrap()], inner.as_slice()].concat();

        let message = SubmitMonthsRequest { overlooked: "never sent".into(), ..submission.clone().into() };

        assert_eq!(message.encode_to_vec(), bytes);
        assert_eq!(SubmitMonthsRequest::decode(bytes.as_slice()).unwrap(), submission.into());
        assert_eq!(SubmitMonthsRequest::decode([].as_slice()).unwrap(), SubmitMonthsRequest::default());
        assert!(SubmitMonthsRequest::decode([0x0a, 0x7f].as_slice()).is_err());
    }
}
