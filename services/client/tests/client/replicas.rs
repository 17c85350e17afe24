//! The client before several replicas of a service, some of which are away or break off.

use std::{net::SocketAddr, time::Duration};

use junheng_client::{Client, ClientError, Credentials, Policy, Retrying};
use junheng_proto::ingest::v1::SubmitMonthRequest;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
};
use tonic::Code;

/// An empty SETTINGS frame, with which a server of HTTP/2 begins.
const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
/// Where a call begins: a HEADERS frame that ends them, of a stream with a small number.
const HEADERS: &[u8] = &[1, 4, 0, 0];

/// A server that breaks every connection off at the first call; tells of each.
async fn breaking() -> (SocketAddr, UnboundedReceiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (told, broken) = unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let told = told.clone();
            tokio::spawn(async move {
                stream.write_all(SETTINGS).await.unwrap();
                let mut seen: Vec<u8> = vec![];
                while !seen.windows(HEADERS.len()).any(|bytes| bytes == HEADERS) {
                    let mut bytes = [0; 4096];
                    match stream.read(&mut bytes).await {
                        Ok(0) | Err(_) => return,
                        Ok(count) => seen.extend(&bytes[..count]),
                    }
                }
                // The test may be over.
                let _told = told.send(());
            });
        }
    });
    (address, broken)
}

fn policy() -> Policy {
    Policy { first_delay: Duration::from_millis(2), attempts: 4, ..Policy::default() }
}

#[tokio::test]
async fn a_connection_that_breaks_is_no_deadline_and_the_next_replica_is_asked() {
    let (first, mut broken_first) = breaking().await;
    let (second, mut broken_second) = breaking().await;
    let client = Client::connect_with(format!("http://{first}, http://{second}"), policy()).await.unwrap();

    let error = client.submit_month(SubmitMonthRequest::default()).await.unwrap_err();

    let ClientError::Service(service) = &error else { panic!("{error:?}") };
    assert_eq!((service.code, error.retryable()), (Code::Unavailable, true), "{error:?}");
    let counts = [count(&mut broken_first), count(&mut broken_second)];
    assert_eq!(counts, [2, 2], "four attempts, in turn");
}

fn count(broken: &mut UnboundedReceiver<()>) -> u32 {
    let mut count = 0;
    while broken.try_recv().is_ok() {
        count += 1;
    }
    count
}

#[tokio::test]
async fn to_ask_the_other_replicas_once_costs_nothing_of_the_budget() {
    let (first, mut broken_first) = breaking().await;
    let (second, mut broken_second) = breaking().await;
    // With two tokens not one repetition is affordable.
    let policy = Policy { retry_tokens: 2, ..policy() };
    let client = Client::connect_with(format!("http://{first},http://{second}"), policy).await.unwrap();

    client.submit_month(SubmitMonthRequest::default()).await.unwrap_err();

    assert_eq!([count(&mut broken_first), count(&mut broken_second)], [1, 1]);
}

#[tokio::test]
async fn replicas_that_are_away_are_passed_over() {
    let (alive, _broken) = breaking().await;
    // Nobody listens there any more.
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();

    for _ in 0..8 {
        Client::connect(format!("http://{gone},http://{alive}")).await.unwrap();
    }
    let error = Client::connect_with(format!("http://{gone},http://{gone}"), policy()).await.unwrap_err();
    assert!(matches!(error, ClientError::Connect { .. }), "{error:?}");
    let error = Client::connect(format!("http://{alive},nowhere at all")).await.unwrap_err();
    assert!(matches!(&error, ClientError::Endpoint { endpoint, .. } if endpoint == "nowhere at all"), "{error:?}");
}

#[tokio::test]
async fn a_service_that_is_away_at_the_start_is_waited_for_and_each_wait_is_told() {
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let (told, waits) = std::sync::mpsc::channel();
    // It begins to listen once two attempts found nobody.
    let starting = tokio::task::spawn_blocking(move || {
        let attempts: Vec<u32> = waits.iter().take(2).collect();
        (attempts, std::net::TcpListener::bind(address).unwrap())
    });
    let tell = move |retrying: &Retrying<'_>| {
        assert!(matches!(retrying.error, ClientError::Connect { .. }));
        // Whoever starts it has seen enough after two.
        let _told = told.send(retrying.attempt);
    };
    let policy = Policy { attempts: 1000, longest_delay: Duration::from_millis(2), ..policy() };

    let connecting = Client::connect_observed(format!("http://{address}"), policy, Credentials::default(), tell);
    let (connected, started) = tokio::join!(connecting, starting);

    let (attempts, _listening) = started.unwrap();
    assert_eq!(attempts, [1, 2]);
    assert!(connected.is_ok(), "{connected:?}");
}
