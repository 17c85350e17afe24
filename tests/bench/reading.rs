//! `GetEvaluation`, against a bare handler that gives the same stored bytes by key from the same database.

use std::{
    net::{Ipv4Addr, SocketAddr},
    pin::Pin,
    time::{Duration, Instant},
};

use junheng_e2e::{County, Database, Setup, Suite, suite::connect};
use junheng_proto::evaluation::v1::GetEvaluationRequest;
use prost::{
    Message as _,
    bytes::{Buf as _, BufMut as _},
};
use sea_orm::sqlx::{PgPool, postgres::PgPoolOptions, query_scalar};
use tokio::task::JoinSet;
use tonic::{
    Request, Response, Status,
    body::Body,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    codegen::{Context, Poll, Service, http, http::uri::PathAndQuery},
    server::{NamedService, UnaryService},
    transport::{Channel, Server, server::TcpIncoming},
};

use crate::measure::row;

const PATH: &str = "/junheng.evaluation.v1.EvaluationService/GetEvaluation";
/// Calls in flight.
const AT_ONCE: usize = 16;
/// Rounds, each of both servers, so that what else the machine does hits both.
const ROUNDS: u32 = 6;
const ROUND: Duration = Duration::from_secs(1);

/// As many calls as the server answers, from a client that does not decode.
pub(crate) async fn run() {
    let database = Database::postgres();
    let url = database.url().to_owned();
    let suite = Suite::start_with(database, Setup::default()).await;
    let county = County::zhangwu();
    suite.register(&county).await;
    let receipt = suite.accepted(county.submission("bench")).await;
    suite.stored(&county.region, &county.month, &receipt).await;
    let pool = PgPoolOptions::new().max_connections(10).connect(&url).await.unwrap();
    let bare = connect(serve(Bare { pool })).await;
    let ours = suite.evaluation_channel();
    let request = GetEvaluationRequest { name: format!("{}/evaluations/2024-12.national-quality-2017", county.region) };
    let request = request.encode_to_vec();
    assert!(call(bare.clone(), request.clone()).await > 10_000);
    assert!(call(ours.clone(), request.clone()).await > 10_000);
    let (mut bare_count, mut ours_count) = (0, 0);
    for _ in 0..ROUNDS {
        bare_count += calls(&bare, &request).await;
        ours_count += calls(&ours, &request).await;
    }
    let time = |count: u32| ROUND * ROUNDS / count;
    row("reference: stored bytes by a bare handler, one of 16 at once", time(bare_count), None);
    row("GetEvaluation, one of 16 at once", time(ours_count), Some(time(bare_count)));
    let share = f64::from(ours_count) / f64::from(bare_count);
    println!("{:<66}{:>12}   {share:.2}", "GetEvaluation, calls in a second", "");
}

/// Calls that are answered in a round.
async fn calls(channel: &Channel, request: &[u8]) -> u32 {
    let end = Instant::now() + ROUND;
    let mut callers = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (channel, request) = (channel.clone(), request.to_vec());
        callers.spawn(async move {
            let mut count = 0;
            while Instant::now() < end {
                call(channel.clone(), request.clone()).await;
                count += 1;
            }
            count
        });
    }
    callers.join_all().await.into_iter().sum()
}

/// Makes a call and gives how many bytes come back.
async fn call(channel: Channel, request: Vec<u8>) -> usize {
    let mut client = Grpc::new(channel).max_decoding_message_size(64 << 20);
    client.ready().await.unwrap();
    let path = PathAndQuery::from_static(PATH);
    client.unary(Request::new(request), path, Raw).await.unwrap().into_inner().len()
}

fn serve(bare: Bare) -> SocketAddr {
    let incoming = TcpIncoming::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap().with_nodelay(Some(true));
    let address = incoming.local_addr().unwrap();
    tokio::spawn(Server::builder().add_service(bare).serve_with_incoming(incoming));
    address
}

/// Bytes as they are.
#[derive(Clone, Copy)]
struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        let mut item = vec![0; buffer.remaining()];
        buffer.copy_to_slice(&mut item);
        Ok(Some(item))
    }
}

/// The least that a server can do.
#[derive(Clone)]
struct Bare {
    pool: PgPool,
}

impl NamedService for Bare {
    const NAME: &'static str = "junheng.evaluation.v1.EvaluationService";
}

type Answer<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;

impl Service<http::Request<Body>> for Bare {
    type Response = http::Response<Body>;
    type Error = std::convert::Infallible;
    type Future = Answer<Self::Response, Self::Error>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let handler = self.clone();
        Box::pin(async move { Ok(tonic::server::Grpc::new(Raw).unary(handler, request).await) })
    }
}

impl UnaryService<Vec<u8>> for Bare {
    type Response = Vec<u8>;
    type Future = Answer<Response<Vec<u8>>, Status>;

    fn call(&mut self, request: Request<Vec<u8>>) -> Self::Future {
        let pool = self.pool.clone();
        Box::pin(async move {
            let name = GetEvaluationRequest::decode(request.into_inner().as_slice()).unwrap().name;
            let mut parts = name.split(['/', '.']);
            let (county, month) = (parts.nth(1).unwrap(), parts.nth(1).unwrap());
            let (year, month) = month.split_once('-').unwrap();
            let ordinal = year.parse::<i32>().unwrap() * 12 + month.parse::<i32>().unwrap() - 1;
            let sql = "SELECT evaluation FROM evaluations WHERE county_code = $1 AND month = $2 AND standard_id = $3";
            let found = query_scalar(sql).bind(county).bind(ordinal).bind(parts.next().unwrap());
            Ok(Response::new(found.fetch_one(&pool).await.unwrap()))
        })
    }
}
