//! Peers that do not speak the protocol, and callers that do not keep to it.

use std::{net::SocketAddr, time::Duration};

use http::Request;
use prost::Message as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::{
    chance::Chance,
    raw::{Connection, Ending, framed, post},
    server::{self, Ground, Ports, resident},
    verdict::{Verdict, tell},
};

const SUBMIT: &str = "/junheng.ingest.v1.SubmissionService/SubmitMonth";
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// What the memory may have grown by: what an allocator keeps.
const MARGIN: f64 = 48.0;
const MEMORY_BACK_WITHIN: Duration = Duration::from_secs(10);
const INTERNAL: i32 = 13;

pub(crate) async fn run(short: bool, mut chance: Chance) -> Verdict {
    // Short enough as it is.
    let (connections, requests) = if short { (100, 200) } else { (300, 400) };
    let mut verdict = Verdict::default();
    let (ground, ports, counties) = (Ground::new("drill-garbage"), Ports::free(), server::counties(2));
    let program = ports.serve(&ground.database, &[]);
    server::register(ports.ingest, &counties).await;
    let valid = framed(&counties[0].submission("valid").encode_to_vec());
    // What a process holds that has worked.
    let warm = Connection::open(ports.ingest).await.unwrap();
    for number in 0..100 {
        let message = framed(&counties[0].submission(&format!("warm-{number}")).encode_to_vec());
        let ending = warm.call(post(ports.ingest, SUBMIT).body(()).unwrap(), message).await;
        assert!(matches!(ending, Ending::Status(0, _)), "{ending:?}");
    }
    let before = resident(program.id());

    let targets = [program.ingest(), program.evaluation(), program.reporting(), ports.admin];
    let mut held = vec![];
    for number in 0..connections {
        let target = targets[number % targets.len()];
        held.extend(connect(target, number / targets.len(), &mut chance).await);
        if held.len() > 40 {
            held.clear();
        }
    }
    let most = resident(program.id());
    drop(held);
    tell(format!("{connections} garbage connections, {most:.0} MB then"));

    let (mut refused, mut http, mut reset, mut taken, mut silent, mut internal) = (0, 0, 0, 0, 0, vec![]);
    for number in 0..requests {
        let connection = Connection::open(ports.ingest).await.unwrap();
        let (request, body) = malformed(ports.ingest, number, &valid, &mut chance);
        match connection.call(request, body).await {
            Ending::Status(0, _) => taken += 1,
            Ending::Status(INTERNAL, text) => internal.push((number % KINDS, text)),
            Ending::Status(..) => refused += 1,
            Ending::Http => http += 1,
            Ending::Reset => reset += 1,
            Ending::Silence => silent += 1,
        }
    }
    tell(format!(
        "{requests} malformed requests: {refused} refused with a status, {http} by HTTP alone, {reset} reset"
    ));
    verdict.must(taken == 0, format!("taken: {taken}"));
    verdict.must(silent == 0, format!("without an answer: {silent}"));
    verdict.must(internal.is_empty(), format!("answered as our fault: {} {:?}", internal.len(), internal.first()));
    let panics = ports.metric("junheng_panics_total", "");
    verdict.must(panics < 0.5, format!("panics: {}", panics.abs()));
    let ending = warm.call(post(ports.ingest, SUBMIT).body(()).unwrap(), valid).await;
    verdict.must(matches!(ending, Ending::Status(0, _)), "a connection from before works");
    verdict.must(ports.ask("/readyz").contains("200 OK"), "ready");
    let started = tokio::time::Instant::now();
    let mut after = resident(program.id());
    while after > before + MARGIN && started.elapsed() < MEMORY_BACK_WITHIN {
        tokio::time::sleep(Duration::from_millis(200)).await;
        after = resident(program.id());
    }
    verdict.must(
        after <= before + MARGIN,
        format!("memory {before:.0} MB before, {after:.0} MB after; at most {MARGIN:.0} MB more"),
    );
    drop(program);
    verdict
}

/// Opens a connection and says something that is no call; gives it where it stays open for a while.
async fn connect(target: SocketAddr, kind: usize, chance: &mut Chance) -> Option<TcpStream> {
    let mut stream = TcpStream::connect(target).await.unwrap();
    let noise = usize::try_from(chance.of(1..20_000)).unwrap();
    let said = match kind % 9 {
        0 => chance.bytes(noise),
        // A client that expects TLS.
        1 => [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(), chance.bytes(505)].concat(),
        2 => b"GET / HTTP/1.1\r\nhost: a\r\n\r\n".to_vec(),
        3 => [PREFACE.to_vec(), chance.bytes(noise)].concat(),
        // Half of a preface.
        4 => PREFACE[..10].to_vec(),
        // A frame longer than any that is allowed.
        5 => [PREFACE, b"\xff\xff\xff\x04\x00\x00\x00\x00\x00"].concat(),
        // Settings that are no settings, then a window of nothing.
        6 => [PREFACE, b"\x00\x00\x05\x04\x00\x00\x00\x00\x00\x00\x04\xff\xff\xff"].concat(),
        // Headers that are no HPACK.
        7 => [PREFACE, b"\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x08\x01\x05\x00\x00\x00\x01", &chance.bytes(8)]
            .concat(),
        _ => format!("POST / HTTP/1.1\r\nhost: a\r\nx: {}\r\n", "a".repeat(noise)).into_bytes(),
    };
    // It may be closed before everything is said.
    let _said = stream.write_all(&said).await;
    if chance.of(0..3) == 0 {
        return Some(stream);
    }
    let mut answer = vec![];
    let _answered = timeout(Duration::from_millis(20), stream.read_to_end(&mut answer)).await;
    None
}

const KINDS: usize = 16;

/// A call with something wrong about it.
fn malformed(address: SocketAddr, number: usize, valid: &[u8], chance: &mut Chance) -> (Request<()>, Vec<u8>) {
    let call = || post(address, SUBMIT);
    let noise = usize::try_from(chance.of(1..5000)).unwrap();
    let bare = |method: &str, path: &str| Request::builder().method(method).uri(format!("http://{address}{path}"));
    let (request, body) = match number % KINDS {
        // Bytes that are no protobuf.
        0 => (call(), framed(&[&[0xff; 11], chance.bytes(noise).as_slice()].concat())),
        // A valid message with one byte changed to one that ends it in the middle.
        1 => (call(), framed(&valid[5..valid.len() - 1 - noise % 100])),
        // Longer by its prefix than it is.
        2 => (call(), [&[0, 0, 1, 0, 0][..], &chance.bytes(noise)].concat()),
        // Longer by its prefix than any may be.
        3 => (call(), [&[0, 0xff, 0xff, 0xff, 0xff][..], &chance.bytes(noise)].concat()),
        // Compressed by nobody knows what.
        4 => (call(), [&[1][..], &framed(&chance.bytes(noise))[1..]].concat()),
        5 => (call().header("grpc-encoding", "nonsense"), [&[1][..], &framed(&chance.bytes(noise))[1..]].concat()),
        // A flag that does not exist.
        6 => (call(), [&[0x7f][..], &valid[1..]].concat()),
        // No message, and part of a prefix.
        7 => (call(), vec![]),
        8 => (call(), vec![0, 0, 0]),
        9 => (bare("POST", SUBMIT).header("content-type", "application/json"), b"{}".to_vec()),
        10 => (bare("POST", SUBMIT), chance.bytes(noise)),
        11 => (bare("GET", SUBMIT).header("content-type", "application/grpc"), vec![]),
        12 => (post(address, "/junheng.ingest.v1.SubmissionService/Nothing"), valid.to_vec()),
        13 => (post(address, "/%00/../..//"), valid.to_vec()),
        // Headers of more than is taken.
        14 => (call().header("x-large", "a".repeat(64 << 10)), valid.to_vec()),
        // Metadata that is no base64, with no protobuf.
        _ => (call().header("trace-bin", "***").header("grpc-timeout", "soon"), framed(&[0xff; 11])),
    };
    (request.body(()).unwrap(), body)
}
