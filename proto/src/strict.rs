//! How messages are read from the wire: what a county submits is read in full or not at all.
//!
//! Protobuf reads over fields that it does not know, and cuts a number of more than 32 bits. An element that a newer system reports would be lost
//! and its receipt would not say so. Such a message is therefore treated as one that cannot be decoded; in a stream it is handed on with what is
//! overlooked, so that it is answered and the stream goes on. Only of submissions: in whatever else is asked or answered, unknown fields are read over as
//! protobuf means it.

use std::{
    any::{Any, TypeId},
    collections::BTreeMap,
    marker::PhantomData,
};

use prost::{Message, bytes::Buf as _};
use tonic::{
    Status,
    codec::{self, DecodeBuf},
};
use tonic_prost::{ProstDecoder, ProstEncoder};

use crate::ingest::v1::{SubmitMonthRequest, SubmitMonthsRequest};

/// A field of a message.
struct Field {
    name: &'static str,
    /// Place of its message in [`MESSAGES`].
    nested: Option<usize>,
    repeated: bool,
    /// Whether it has 32 bits and no sign.
    count: bool,
}

/// The messages of a submission, and their fields by number: first those that [`root`] names.
static MESSAGES: &[&[Option<Field>]] = include!(concat!(env!("OUT_DIR"), "/fields.rs"));

/// Encodes as protobuf, and decodes submissions strictly.
#[derive(Debug)]
pub struct Codec<T, U>(PhantomData<(T, U)>);

impl<T, U> Default for Codec<T, U> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<T, U> codec::Codec for Codec<T, U>
where
    T: Message + Send + 'static,
    U: Message + Default + Send + 'static,
{
    type Encode = T;
    type Decode = U;
    type Encoder = ProstEncoder<T>;
    type Decoder = Decoder<U>;

    fn encoder(&mut self) -> Self::Encoder {
        ProstEncoder::default()
    }

    fn decoder(&mut self) -> Self::Decoder {
        Decoder(ProstDecoder::default())
    }
}

/// Decodes messages; submissions strictly.
#[derive(Debug)]
pub struct Decoder<U>(ProstDecoder<U>);

impl<U: Message + Default + 'static> codec::Decoder for Decoder<U> {
    type Item = U;
    type Error = Status;

    fn decode(&mut self, bytes: &mut DecodeBuf<'_>) -> Result<Option<U>, Status> {
        // A message lies in one piece.
        let Some(overlooked) = root::<U>().and_then(|root| overlooked(bytes.chunk(), root)) else {
            return self.0.decode(bytes);
        };
        let fault = || Status::internal(format!("failed to decode Protobuf message: {overlooked}"));
        if TypeId::of::<U>() != TypeId::of::<SubmitMonthsRequest>() {
            return Err(fault());
        }
        let mut decoded = self.0.decode(bytes)?;
        let message = decoded.as_mut().and_then(|message| (message as &mut dyn Any).downcast_mut());
        let SubmitMonthsRequest { overlooked: told, .. } = message.ok_or_else(fault)?;
        *told = overlooked;
        Ok(decoded)
    }
}

fn root<U: 'static>() -> Option<usize> {
    let roots = [TypeId::of::<SubmitMonthRequest>(), TypeId::of::<SubmitMonthsRequest>()];
    roots.iter().position(|root| *root == TypeId::of::<U>())
}

/// What protobuf would overlook in a message; `None`, too, where it cannot be read: decoding tells that.
fn overlooked(mut bytes: &[u8], message: usize) -> Option<String> {
    let mut rows: BTreeMap<u64, usize> = BTreeMap::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes)?;
        let (tag, wire_type) = (key >> 3, key & 7);
        let fields = MESSAGES.get(message)?;
        let Some(field) = usize::try_from(tag).ok().and_then(|tag| fields.get(tag)?.as_ref()) else {
            return Some(format!("field {tag} is unknown"));
        };
        match wire_type {
            0 => {
                let number = varint(&mut bytes)?;
                if field.count && number > u32::MAX.into() {
                    return Some(format!("{} has more than 32 bits", field.name));
                }
            }
            1 => bytes = bytes.get(8..)?,
            2 => {
                let length = usize::try_from(varint(&mut bytes)?).ok()?;
                let (content, rest) = bytes.split_at_checked(length)?;
                if let Some(nested) = field.nested {
                    let row = rows.entry(tag).or_default();
                    if let Some(found) = overlooked(content, nested) {
                        let place =
                            if field.repeated { format!("{}[{row}]", field.name) } else { field.name.to_owned() };
                        return Some(format!("{place}: {found}"));
                    }
                    *row += 1;
                }
                bytes = rest;
            }
            5 => bytes = bytes.get(4..)?,
            _ => return None,
        }
    }
    None
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    prost::encoding::decode_varint(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::v1::{Acknowledgement, SchoolFacts};

    fn found(more: &[u8]) -> Option<String> {
        let school = SchoolFacts { school_code: "2121000001".into(), books: Some(u32::MAX), ..SchoolFacts::default() };
        let acknowledgement =
            Acknowledgement { acknowledged_at: Some(crate::Timestamp { seconds: 1, nanos: 2 }), ..Default::default() };
        let request = SubmitMonthRequest {
            schools: vec![school.clone(), school],
            acknowledgements: vec![acknowledgement],
            mode: -1,
            ..SubmitMonthRequest::default()
        };
        overlooked(&[request.encode_to_vec(), more.to_vec()].concat(), 0)
    }

    #[test]
    fn a_streamed_message_has_no_field_but_the_one_that_is_read_by_hand() {
        let streamed = MESSAGES[root::<SubmitMonthsRequest>().unwrap()];

        // `streamed.rs` is written by hand: whatever else the protobuf file gave it would be lost.
        let fields: Vec<_> =
            streamed.iter().enumerate().filter_map(|(tag, field)| Some((tag, field.as_ref()?))).collect();
        let [(tag, field)] = fields.as_slice() else { panic!("{} fields", fields.len()) };

        assert_eq!((*tag, field.name, field.repeated), (1, "submission", false));
        assert_eq!(field.nested, root::<SubmitMonthRequest>());
    }

    #[test]
    fn what_protobuf_would_overlook_is_told_with_its_place() {
        assert_eq!(found(b""), None);
        assert_eq!(found(b"\x98\x06\x01").as_deref(), Some("field 99 is unknown"));
        assert_eq!(found(b"\x2a\x03\xf8\x01\x01").as_deref(), Some("schools[2]: field 31 is unknown"));
        assert_eq!(
            found(b"\x2a\x06\x10\x85\x80\x80\x80\x10").as_deref(),
            Some("schools[2]: pupils_primary has more than 32 bits")
        );
    }

    #[test]
    fn a_message_of_a_stream_is_looked_into() {
        let request = SubmitMonthsRequest::from(SubmitMonthRequest::default());

        assert_eq!(overlooked(&request.encode_to_vec(), 1), None);
        assert_eq!(overlooked(b"\x0a\x03\x98\x06\x01", 1).as_deref(), Some("submission: field 99 is unknown"));
    }

    #[test]
    fn what_cannot_be_read_is_left_to_the_decoder() {
        for bytes in [b"\xff".as_slice(), b"\x2a\x7f\x12", b"\x2b", b"\x29\x01"] {
            assert_eq!(overlooked(bytes, 0), None);
        }
    }
}
