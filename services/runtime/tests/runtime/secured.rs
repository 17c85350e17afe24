//! TLS: who gets a connection, who is known by his certificate, and certificates that change.

use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use junheng_runtime::access::Access;
use junheng_runtime::config::{AccessConfig, TlsConfig};
use junheng_runtime::tls::Tls;
use junheng_runtime::{Clock, Config, Host};
use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, SanType, date_time_ymd,
};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tonic::{Code, Status};

use crate::harness::{PATIENCE, Server, eventually, limits};

type Failure = Box<dyn std::error::Error + Send + Sync>;
type Sender = h2::client::SendRequest<prost::bytes::Bytes>;

/// Who issues certificates.
pub(crate) struct Authority {
    pub(crate) pem: String,
    der: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate with its key.
pub(crate) struct Holder {
    pem: String,
    key_pem: String,
    der: CertificateDer<'static>,
    key: Vec<u8>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self { pem: certificate.pem(), der: certificate.der().clone(), issuer: Issuer::new(params, key) }
    }

    pub(crate) fn issue(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Holder {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Holder {
            pem: certificate.pem(),
            key_pem: key.serialize_pem(),
            der: certificate.der().clone(),
            key: key.serialize_der(),
        }
    }
}

/// The files of a server, and what it is told of them.
pub(crate) struct Files {
    folder: TempDir,
}

impl Files {
    pub(crate) fn new(server: &Holder, client_ca: &str) -> Self {
        let files = Self { folder: TempDir::new().unwrap() };
        files.write(&server.pem, &server.key_pem);
        fs::write(files.path("ca.pem"), client_ca).unwrap();
        files
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn write(&self, certificate: &str, key: &str) {
        fs::write(self.path("tls.pem"), certificate).unwrap();
        fs::write(self.path("tls.key"), key).unwrap();
    }

    pub(crate) fn config(&self) -> TlsConfig {
        let (certificate, key) = (self.path("tls.pem"), self.path("tls.key"));
        TlsConfig { certificate, key, reload_interval_ms: 10, ..Config::defaults().unwrap().tls }
    }

    pub(crate) fn mutual(&self) -> TlsConfig {
        TlsConfig { client_ca: self.path("ca.pem"), require_client_certificate: true, ..self.config() }
    }
}

pub(crate) fn client(trusted: &Authority, holder: Option<&Holder>) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.der.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let builder = builder.with_root_certificates(roots);
    let mut config = match holder {
        None => builder.with_no_client_auth(),
        Some(holder) => {
            let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(holder.key.clone()));
            builder.with_client_auth_cert(vec![holder.der.clone()], key).unwrap()
        }
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    config
}

async fn connect(address: SocketAddr, config: ClientConfig) -> Result<Sender, Failure> {
    let stream = TcpStream::connect(address).await?;
    let connecting = TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("localhost")?, stream);
    let stream = tokio::time::timeout(PATIENCE, connecting).await??;
    let (sender, connection) = h2::client::handshake(stream).await?;
    tokio::spawn(connection);
    Ok(sender)
}

/// Says something, and gives what the service says, or its status.
async fn say(sender: &Sender, text: &str, token: Option<&str>) -> Result<Result<String, Status>, Failure> {
    let mut request = http::Request::post("https://localhost/test.Echo/Say")
        .header("content-type", "application/grpc")
        .header("te", "trailers");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let mut sender = sender.clone().ready().await?;
    let (response, mut sending) = sender.send_request(request.body(())?, false)?;
    let length = u8::try_from(text.len())?;
    let message = [&[0, 0, 0, 0, length + 2, 0x0a, length][..], text.as_bytes()].concat();
    sending.send_data(message.into(), true)?;
    let (head, mut body) = tokio::time::timeout(PATIENCE, response).await??.into_parts();
    if let Some(status) = Status::from_header_map(&head.headers) {
        return Ok(Err(status));
    }
    let mut answer = Vec::new();
    while let Some(data) = body.data().await {
        answer.extend_from_slice(&data?);
    }
    Ok(Ok(String::from_utf8_lossy(answer.get(7..).unwrap_or_default()).into_owned()))
}

async fn once(address: SocketAddr, config: ClientConfig) -> Result<Result<String, Status>, Failure> {
    say(&connect(address, config).await?, "hello", None).await
}

async fn start(tls: &TlsConfig) -> Server {
    let tls = Tls::open(tls).unwrap();
    tokio::spawn(tls.clone().keep());
    Server::start_on(Host::new(&limits()).with_tls(tls), &limits()).await
}

#[tokio::test]
async fn who_trusts_the_certificate_is_answered_and_plain_text_is_not() {
    let authority = Authority::new();
    let files = Files::new(&authority.issue(&["localhost"], |_| {}), "");
    let server = start(&files.config()).await;

    assert_eq!(once(server.address, client(&authority, None)).await.unwrap().unwrap(), "hello");
    assert!(once(server.address, client(&Authority::new(), None)).await.is_err(), "trusts another authority");
    let mut http1 = client(&authority, None);
    http1.alpn_protocols = vec![b"http/1.1".to_vec()];
    assert!(once(server.address, http1).await.is_err(), "no HTTP/2");
    let plain = TcpStream::connect(server.address).await.unwrap();
    let spoken = async {
        let (sender, connection) = h2::client::handshake(plain).await?;
        tokio::spawn(connection);
        say(&sender, "hello", None).await
    };
    assert!(spoken.await.is_err(), "plain text");
}

#[tokio::test]
async fn only_who_holds_a_good_certificate_gets_a_connection() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let files = Files::new(&authority.issue(&["localhost"], |_| {}), &authority.pem);
    let server = start(&TlsConfig { client_names: vec!["city.test".to_owned()], ..files.mutual() }).await;
    let bad: [(&str, Option<Holder>); 7] = [
        ("none", None),
        ("one of an unknown authority", Some(stranger.issue(&["city.test"], |_| {}))),
        (
            "an expired one",
            Some(authority.issue(&["city.test"], |params| params.not_after = date_time_ymd(2020, 1, 1))),
        ),
        (
            "one not valid yet",
            Some(authority.issue(&["city.test"], |params| {
                params.not_before = date_time_ymd(2200, 1, 1);
            })),
        ),
        ("one of another name", Some(authority.issue(&["other.test"], |_| {}))),
        ("one of no name", Some(authority.issue(&[], |_| {}))),
        (
            "one for servers only",
            Some(authority.issue(&["city.test"], |params| {
                params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
            })),
        ),
    ];
    for (what, holder) in &bad {
        let answer = once(server.address, client(&authority, holder.as_ref())).await;

        assert!(answer.is_err(), "{what}: {answer:?}");
    }
    let good = authority.issue(&["other.test", "city.test"], |_| {});
    assert_eq!(once(server.address, client(&authority, Some(&good))).await.unwrap().unwrap(), "hello");
}

#[tokio::test]
async fn a_service_is_known_by_its_certificate_and_nobody_else() {
    let authority = Authority::new();
    let files = Files::new(&authority.issue(&["localhost"], |_| {}), &authority.pem);
    let key = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
    let jwk = format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{}"}}"#, URL_SAFE_NO_PAD.encode(key.public_key()));
    fs::write(files.path("jwks.json"), format!(r#"{{"keys":[{jwk}]}}"#)).unwrap();
    let access = AccessConfig {
        issuer: "issuer".to_owned(),
        audience: "audience".to_owned(),
        jwks: files.path("jwks.json"),
        service_names: vec!["spiffe://junheng/evaluation".to_owned()],
        ..Config::defaults().unwrap().access
    };
    let access = Access::open(&access, Clock::system()).await.unwrap();
    let tls = Tls::open(&TlsConfig { require_client_certificate: false, ..files.mutual() }).unwrap();
    let host = Host::new(&limits()).with_access(access).with_tls(tls);
    let server = Server::start_on(host, &limits()).await;

    let uri = |uri: &str| vec![SanType::URI(uri.try_into().unwrap())];
    let service = authority.issue(&[], |params| params.subject_alt_names = uri("spiffe://junheng/evaluation"));
    let other = authority.issue(&[], |params| params.subject_alt_names = uri("spiffe://junheng/other"));
    let sender = connect(server.address, client(&authority, Some(&service))).await.unwrap();
    let known = say(&sender, "caller", None).await.unwrap().unwrap();
    assert!(known.starts_with("spiffe://junheng/evaluation "), "{known}");

    let with_token = say(&sender, "caller", Some("bad")).await.unwrap().unwrap_err();
    assert_eq!(with_token.code(), Code::Unauthenticated, "a token that is brought counts");
    for holder in [Some(&other), None] {
        let status = once(server.address, client(&authority, holder)).await.unwrap().unwrap_err();
        assert_eq!((status.code(), status.message()), (Code::Unauthenticated, "unauthenticated"));
        assert!(status.details().is_empty());
    }
}

#[tokio::test]
async fn certificates_change_under_connections_that_go_on() {
    let (before, after) = (Authority::new(), Authority::new());
    let files = Files::new(&before.issue(&["localhost"], |_| {}), "");
    let server = start(&files.config()).await;
    let open = connect(server.address, client(&before, None)).await.unwrap();
    assert_eq!(say(&open, "one", None).await.unwrap().unwrap(), "one");

    let renewed = after.issue(&["localhost"], |_| {});
    files.write(&renewed.pem, &renewed.key_pem);
    eventually(async || once(server.address, client(&after, None)).await.is_ok()).await;

    assert_eq!(say(&open, "two", None).await.unwrap().unwrap(), "two", "the open connection goes on");
    assert!(once(server.address, client(&before, None)).await.is_err(), "new ones get the new certificate");

    for (certificate, key) in [("no certificate", "no key"), (renewed.pem.as_str(), before.pem.as_str())] {
        files.write(certificate, key);
        tokio::time::sleep(Duration::from_millis(60)).await;
        assert!(once(server.address, client(&after, None)).await.is_ok(), "what cannot be used is not taken");
    }
}

#[tokio::test]
async fn who_says_nothing_does_not_keep_others_out() {
    let authority = Authority::new();
    let files = Files::new(&authority.issue(&["localhost"], |_| {}), "");
    let server = start(&TlsConfig { max_handshakes: 2, handshake_timeout_ms: 100, ..files.config() }).await;
    let mut silent = Vec::new();
    for _ in 0..5 {
        silent.push(TcpStream::connect(server.address).await.unwrap());
    }

    assert_eq!(once(server.address, client(&authority, None)).await.unwrap().unwrap(), "hello");
}
