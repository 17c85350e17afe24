//! Keys that change, and their source when it does not answer.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use junheng_e2e::{
    Database, Issuer, Setup, Suite, eventually,
    issuer::{ISSUER, Key},
    raw::call,
};
use junheng_runtime::{Role, config::AccessConfig};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use tonic::Code;

const RPC: &str = "/junheng.evaluation.v1.StandardService/ListStandards";

/// A server of key sets over HTTP.
#[derive(Clone)]
struct Keys {
    url: String,
    /// The whole answer; `None`: the connection is closed without one.
    answer: Arc<Mutex<Option<String>>>,
    asked: Arc<AtomicUsize>,
}

fn ok(document: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{document}", document.len())
}

impl Keys {
    async fn serve(answer: Option<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/keys?of=issuer", listener.local_addr().unwrap());
        let keys = Self { url, answer: Arc::new(Mutex::new(answer)), asked: Arc::default() };
        let served = keys.clone();
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = [0; 1024];
                let size = stream.read(&mut request).await.unwrap_or_default();
                assert!(request[..size].starts_with(b"GET /keys?of=issuer HTTP/1.1\r\n"));
                served.asked.fetch_add(1, Ordering::SeqCst);
                let answer = served.answer.lock().unwrap().clone();
                if let Some(answer) = answer {
                    let _written = stream.write_all(answer.as_bytes()).await;
                }
            }
        });
        keys
    }

    fn say(&self, answer: Option<String>) {
        *self.answer.lock().unwrap() = answer;
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

async fn suite(config: impl FnOnce(AccessConfig) -> AccessConfig) -> (Suite, Issuer) {
    let (suite, issuer) = super::guarded(Database::sqlite()).await;
    let setup = Setup { working: false, access: Some(config(issuer.config())), ..Setup::default() };
    (suite.restart_with(setup).await, issuer)
}

async fn code(suite: &Suite, token: &str) -> Code {
    let answer = call(suite.evaluation_channel(), RPC, Some(token), vec![vec![]]).await;
    answer.status.map_or(Code::Ok, |status| status.code())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_key_is_taken_at_its_first_token_and_an_old_one_goes() {
    let (suite, mut issuer) = super::guarded(Database::sqlite()).await;
    let claims = issuer.claims(&[Role::Auditor], &[]);
    let (old, new) = (issuer.keys[0].token(&claims), Key::ed25519("ed-2"));
    assert_eq!(code(&suite, &old).await, Code::Ok);
    assert_eq!(code(&suite, &new.token(&claims)).await, Code::Unauthenticated, "not published yet");

    issuer.keys.push(new);
    issuer.publish(&issuer.keys);
    let token = issuer.keys[3].token(&claims);
    assert_eq!(code(&suite, &token).await, Code::Ok, "published");
    assert_eq!(code(&suite, &old).await, Code::Ok, "both are there");

    issuer.keys.remove(0);
    issuer.publish(&issuer.keys);
    let stranger = Key::ed25519("ed-9").token(&claims);
    assert_eq!(code(&suite, &stranger).await, Code::Unauthenticated, "asks for the keys anew");
    assert_eq!(code(&suite, &old).await, Code::Unauthenticated, "also one that came in before");
    assert_eq!(code(&suite, &token).await, Code::Ok);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_come_from_a_url_and_stay_while_it_is_down() {
    let (document, keys) = (std::sync::OnceLock::new(), Keys::serve(None).await);
    let (suite, mut issuer) = suite(|config| AccessConfig { jwks: keys.url.clone(), ..config }).await;
    let document: &String = document.get_or_init(|| Issuer::document(&issuer.keys));
    let token = issuer.token(&[Role::Auditor], &[]);
    assert_eq!(code(&suite, &token).await, Code::Unauthenticated, "no key was ever read");

    keys.say(Some(ok(document)));
    assert_eq!(code(&suite, &token).await, Code::Ok, "now there is one");

    let claims = issuer.claims(&[Role::Auditor], &[]);
    issuer.keys.push(Key::ed25519("ed-2"));
    let whole = ok(&Issuer::document(&issuer.keys));
    let unknown = issuer.keys[3].token(&claims);
    for broken in [
        None,
        Some("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n".to_owned()),
        Some("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n".to_owned()),
        Some(ok("{")),
        Some(ok(r#"{"keys":[]}"#)),
        Some(ok(r#"{"keys":[{"kty":"oct","k":"AAAA","kid":"ed-2","alg":"HS256"}]}"#)),
        Some(ok(&"x".repeat(2 << 20))),
        Some(whole[..whole.len() - 40].to_owned()),
        Some("not HTTP\r\n\r\n".to_owned()),
    ] {
        keys.say(broken.clone());
        assert_eq!(code(&suite, &unknown).await, Code::Unauthenticated, "{broken:.80?}");
        assert_eq!(code(&suite, &token).await, Code::Ok, "{broken:.80?}");
    }

    keys.say(Some(whole));
    assert_eq!(code(&suite, &unknown).await, Code::Ok);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_of_unknown_keys_ask_the_source_once_in_a_while() {
    let keys = Keys::serve(None).await;
    let an_hour = 3_600_000;
    let config = |config| AccessConfig { jwks: keys.url.clone(), jwks_pause_ms: an_hour, ..config };
    let (suite, issuer) = suite(config).await;
    let (claims, before) = (issuer.claims(&[Role::Auditor], &[]), keys.asked());

    for number in 0..50 {
        let token = Key::ed25519(&format!("stranger-{number}")).token(&claims);
        assert_eq!(code(&suite, &token).await, Code::Unauthenticated);
    }

    // Each of the three services shares what the process has read.
    assert_eq!(keys.asked() - before, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_of_other_kinds_and_purposes_let_nobody_in() {
    let (suite, issuer) = super::guarded(Database::sqlite()).await;
    let claims = issuer.claims(&[Role::Auditor], &[]);
    let mut encryption = Key::ed25519("encryption").public();
    encryption["use"] = json!("enc");
    let mut misnamed = Key::ed25519("misnamed").public();
    misnamed["alg"] = json!("RS256");
    let good = issuer.keys[0].public();
    for (what, id, key) in [
        ("a secret", "oct", json!({ "kty": "oct", "kid": "oct", "k": "c2VjcmV0", "alg": "HS256" })),
        ("one for encryption", "encryption", encryption),
        ("one of another algorithm", "misnamed", misnamed),
        ("a short one", "short", json!({ "kty": "OKP", "crv": "Ed25519", "kid": "short", "x": "AAAA" })),
        (
            "an RSA key of 1024 bits",
            "small",
            json!({ "kty": "RSA", "kid": "small", "n": "wA".repeat(86), "e": "AQAB" }),
        ),
    ] {
        std::fs::write(issuer.path(), json!({ "keys": [key, good] }).to_string()).unwrap();
        let token = issuer.keys[0].sign(&json!({ "alg": "EdDSA", "kid": id }), &claims);

        assert_eq!(code(&suite, &token).await, Code::Unauthenticated, "{what}");
        assert_eq!(code(&suite, &issuer.keys[0].token(&claims)).await, Code::Ok, "the good one beside {what}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_answers_everybody_and_reflection_whoever_is_known() {
    use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};
    let (suite, issuer) = super::guarded(Database::sqlite()).await;
    let mut health = HealthClient::new(suite.ingest_channel());
    let check = async || health.check(HealthCheckRequest::default()).await.unwrap().into_inner().status();
    let mut check = check;
    eventually("health", async || (check().await == ServingStatus::Serving).then_some(())).await;

    let reflection = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    let list_services = vec![vec![0x3a, 0x00]];
    let answer = call(suite.ingest_channel(), reflection, None, list_services.clone()).await;
    assert_eq!(answer.status.unwrap().code(), Code::Unauthenticated);
    let token = issuer.token(&[], &[]);
    let answer = call(suite.ingest_channel(), reflection, Some(&token), list_services).await;
    assert!(String::from_utf8_lossy(&answer.messages[0]).contains("junheng.ingest.v1.SubmissionService"), "{answer:?}");
    let unknown = call(suite.ingest_channel(), "/junheng.Nothing/Here", Some(&token), vec![vec![]]).await;
    assert_eq!(unknown.status.unwrap().code(), Code::Unimplemented);
    let unknown = call(suite.ingest_channel(), "/junheng.Nothing/Here", None, vec![vec![]]).await;
    assert_eq!(unknown.status.unwrap().code(), Code::Unauthenticated);
    assert_eq!(ISSUER, issuer.config().issuer);
}
