//! Calls of any RPC with encoded messages, and everything that comes back.

use http::uri::PathAndQuery;
use prost::bytes::{Buf as _, BufMut as _};
use tokio_stream::StreamExt as _;
use tonic::{
    Request, Status,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    metadata::MetadataValue,
    transport::Channel,
};

/// What a call ended with.
#[derive(Debug)]
pub struct Answer {
    /// The messages of the answer, encoded.
    pub messages: Vec<Vec<u8>>,
    /// The status, where it is not OK.
    pub status: Option<Status>,
}

/// Takes messages as they are.
#[derive(Debug, Clone, Copy, Default)]
struct Bytes;

impl Codec for Bytes {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for Bytes {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, message: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(&message);
        Ok(())
    }
}

impl Decoder for Bytes {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining()).to_vec()))
    }
}

/// Calls `/package.Service/Method` with messages, as the bearer of a token.
pub async fn call(channel: Channel, path: &str, token: Option<&str>, messages: Vec<Vec<u8>>) -> Answer {
    let mut request = Request::new(tokio_stream::iter(messages));
    if let Some(token) = token {
        let value = MetadataValue::try_from(format!("Bearer {token}")).unwrap();
        request.metadata_mut().insert("authorization", value);
    }
    let mut grpc = Grpc::new(channel).max_decoding_message_size(64 << 20);
    grpc.ready().await.unwrap();
    let path = PathAndQuery::try_from(path.to_owned()).unwrap();
    let mut stream = match grpc.streaming(request, path, Bytes).await {
        Ok(response) => response.into_inner(),
        Err(status) => return Answer { messages: vec![], status: Some(status) },
    };
    let mut answer = Answer { messages: vec![], status: None };
    while let Some(message) = stream.next().await {
        match message {
            Ok(message) => answer.messages.push(message),
            Err(status) => answer.status = Some(status),
        }
    }
    answer
}
