//! Credentials that are refused, each without a word why.

use junheng_e2e::{
    Database, Issuer,
    issuer::{AUDIENCE, Key, sign_hmac},
    raw::call,
};
use junheng_runtime::Role;
use serde_json::{Value, json};
use tonic::{Code, Request, metadata::MetadataValue};

const RPC: &str = "/junheng.evaluation.v1.StandardService/ListStandards";

fn with(claims: &Value, name: &str, value: Value) -> Value {
    let mut changed = claims.clone();
    changed[name] = value;
    changed
}

fn without(claims: &Value, name: &str) -> Value {
    let mut changed = claims.clone();
    changed.as_object_mut().unwrap().remove(name);
    changed
}

/// Tokens that nobody may come in with.
pub(super) fn bad(issuer: &Issuer) -> Vec<(&'static str, String)> {
    use base64::{
        Engine as _,
        engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
    };
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let [ed, p256, rsa] = issuer.keys.as_slice() else { panic!("three keys") };
    let claims = issuer.claims(&Role::ALL, &["-"]);
    let good = ed.token(&claims);
    let parts: Vec<&str> = good.split('.').collect();
    let (stranger, other_rsa_id) = (Key::ed25519("ed-1"), json!({ "alg": "RS256", "kid": "ed-1" }));
    let unsigned =
        |alg: &str| format!("{}.{}.", encode(&json!({ "alg": alg }).to_string()), encode(&claims.to_string()));
    let header = |name: &str, value: Value| with(&json!({ "alg": "EdDSA", "kid": "ed-1" }), name, value);
    let claim = |name: &str, value: Value| ed.token(&with(&claims, name, value));
    let hmac_header = |id: &str| json!({ "alg": "HS256", "kid": id });
    let mut flipped = good.clone().into_bytes();
    let last = flipped.len() - 10;
    flipped[last] = if flipped[last] == b'A' { b'B' } else { b'A' };
    let public_jwk = stranger.public();

    vec![
        // Forms.
        ("empty", String::new()),
        ("a word", "token".to_owned()),
        ("one dot", format!("{}.{}", parts[0], parts[1])),
        ("three dots", format!("{good}.{}", parts[2])),
        ("five parts, as of an encrypted one", "a.b.c.d.e".to_owned()),
        ("a space within", format!("{} {}", parts[0], &good[parts[0].len()..])),
        ("padding", format!("{}==.{}.{}", parts[0], parts[1], parts[2])),
        (
            "other alphabet",
            format!("{}.{}.{}", STANDARD.encode("{\"alg\":\"EdDSA\",\"x\":\"???>>>\"}"), parts[1], parts[2]),
        ),
        ("header no JSON", ed.sign_text("alg", &claims.to_string())),
        ("header a list", ed.sign_text("[]", &claims.to_string())),
        ("claims no JSON", ed.sign_text(r#"{"alg":"EdDSA","kid":"ed-1"}"#, "claims")),
        ("claims a list", ed.sign_text(r#"{"alg":"EdDSA","kid":"ed-1"}"#, "[]")),
        ("nested", ed.sign_text(r#"{"alg":"EdDSA","kid":"ed-1","cty":"JWT"}"#, &good)),
        ("a token as claims", ed.sign_text(r#"{"alg":"EdDSA","kid":"ed-1"}"#, &good)),
        ("nested beyond reason", ed.sign_text(r#"{"alg":"EdDSA","kid":"ed-1"}"#, &"[".repeat(3_000))),
        ("huge", claim("note", json!("x".repeat(9_000)))),
        // Algorithms.
        ("alg none", unsigned("none")),
        ("alg None", unsigned("None")),
        ("alg NONE with a signature", format!("{}{}", unsigned("NONE"), parts[2])),
        ("no alg", ed.sign(&json!({ "kid": "ed-1" }), &claims)),
        ("alg twice", ed.sign_text(r#"{"alg":"none","alg":"EdDSA","kid":"ed-1"}"#, &claims.to_string())),
        ("alg in lower case", ed.sign(&json!({ "alg": "eddsa", "kid": "ed-1" }), &claims)),
        ("HMAC by the public key of RSA", sign_hmac(&rsa.public_bytes(), &hmac_header("rsa-1"), &claims)),
        ("HMAC by the public key of EdDSA", sign_hmac(&ed.public_bytes(), &hmac_header("ed-1"), &claims)),
        ("HMAC by the public key of ES256", sign_hmac(&p256.public_bytes(), &hmac_header("p256-1"), &claims)),
        ("HMAC by nothing", sign_hmac(b"", &hmac_header("ed-1"), &claims)),
        ("RS512 said, RS256 done", rsa.sign(&json!({ "alg": "RS512", "kid": "rsa-1" }), &claims)),
        ("PS256 said, RS256 done", rsa.sign(&json!({ "alg": "PS256", "kid": "rsa-1" }), &claims)),
        ("ES384 said, ES256 done", p256.sign(&json!({ "alg": "ES384", "kid": "p256-1" }), &claims)),
        ("RS256 with a key of EdDSA", rsa.sign(&other_rsa_id, &claims)),
        ("EdDSA with a key of RS256", ed.sign(&json!({ "alg": "EdDSA", "kid": "rsa-1" }), &claims)),
        ("ES256 said, EdDSA done", ed.sign(&json!({ "alg": "ES256", "kid": "p256-1" }), &claims)),
        // Keys.
        ("a stranger's key of the same id", stranger.token(&claims)),
        ("a stranger's key of no id", stranger.sign(&json!({ "alg": "EdDSA" }), &claims)),
        ("an unknown id", ed.sign(&json!({ "alg": "EdDSA", "kid": "ed-2" }), &claims)),
        ("an id that is a path", ed.sign(&json!({ "alg": "EdDSA", "kid": "../../../../dev/null" }), &claims)),
        ("an id that is a query", ed.sign(&json!({ "alg": "EdDSA", "kid": "' or '1'='1" }), &claims)),
        ("an id that is a number", ed.sign(&json!({ "alg": "EdDSA", "kid": 1 }), &claims)),
        ("an id that is empty", ed.sign(&json!({ "alg": "EdDSA", "kid": "" }), &claims)),
        ("a key along with it", stranger.sign(&header("jwk", public_jwk), &claims)),
        ("an address of keys", stranger.sign(&header("jku", json!("https://stranger.test/jwks.json")), &claims)),
        (
            "an address of certificates",
            stranger.sign(&header("x5u", json!("https://stranger.test/chain.pem")), &claims),
        ),
        ("certificates along with it", stranger.sign(&header("x5c", json!(["MIIB"])), &claims)),
        ("an address of keys, well signed", ed.sign(&header("jku", json!("https://issuer.test/jwks.json")), &claims)),
        ("something critical", ed.sign(&header("crit", json!(["exp"])), &claims)),
        ("payload not encoded", ed.sign(&header("b64", json!(false)), &claims)),
        ("compressed", ed.sign(&header("zip", json!("DEF")), &claims)),
        ("an identity token", ed.sign(&header("typ", json!("id_token+jwt")), &claims)),
        // Signatures.
        ("no signature", format!("{}.{}.", parts[0], parts[1])),
        ("a signature of zeros", format!("{}.{}.{}", parts[0], parts[1], URL_SAFE_NO_PAD.encode([0; 64]))),
        ("half a signature", format!("{}.{}.{}", parts[0], parts[1], &parts[2][..43])),
        ("a flipped signature", String::from_utf8(flipped).unwrap()),
        (
            "other claims under the signature",
            format!("{}.{}.{}", parts[0], encode(&with(&claims, "sub", json!("root")).to_string()), parts[2]),
        ),
        (
            "ES256 of zeros",
            format!("{}.{}.{}", encode(r#"{"alg":"ES256","kid":"p256-1"}"#), parts[1], URL_SAFE_NO_PAD.encode([0; 64])),
        ),
    ]
    .into_iter()
    .chain(bad_claims(issuer))
    .collect()
}

/// Tokens with claims that nobody may come in with.
fn bad_claims(issuer: &Issuer) -> Vec<(&'static str, String)> {
    let ed = &issuer.keys[0];
    let claims = issuer.claims(&Role::ALL, &["-"]);
    let now = issuer.now.as_second();
    let claim = |name: &str, value: Value| ed.token(&with(&claims, name, value));

    vec![
        ("another issuer", claim("iss", json!("https://stranger.test"))),
        ("an issuer that begins so", claim("iss", json!("https://issuer.test/"))),
        ("no issuer", ed.token(&without(&claims, "iss"))),
        ("issuers", claim("iss", json!(["https://issuer.test"]))),
        ("another audience", claim("aud", json!("others"))),
        ("other audiences", claim("aud", json!(["others", "junheng2"]))),
        ("no audience", ed.token(&without(&claims, "aud"))),
        ("an audience that holds ours", claim("aud", json!(format!("{AUDIENCE} others")))),
        ("expired", claim("exp", json!(now - 31))),
        ("expired on the dot", claim("exp", json!(now - 30))),
        ("never expires", ed.token(&without(&claims, "exp"))),
        ("expires as a text", claim("exp", json!((now + 60).to_string()))),
        ("expires at null", claim("exp", Value::Null)),
        ("expires before time", claim("exp", json!(-1))),
        ("expires beyond any time", claim("exp", json!(1e300))),
        ("not yet", claim("nbf", json!(now + 31))),
        ("no subject", ed.token(&without(&claims, "sub"))),
        ("an empty subject", claim("sub", json!(""))),
        ("a subject of lines", claim("sub", json!("root\nadmin"))),
        ("a long subject", claim("sub", json!("x".repeat(257)))),
        (
            "a subject twice",
            ed.sign_text(r#"{"alg":"EdDSA","kid":"ed-1"}"#, &claims.to_string().replacen('{', r#"{"sub":"root","#, 1)),
        ),
        ("regions of another shape", claim("regions", json!(["21"]))),
        ("a region of letters", claim("regions", json!(["2109ab"]))),
        ("an empty region", claim("regions", json!([""]))),
        ("all regions by a star", claim("regions", json!(["*"]))),
        ("regions as a text", claim("regions", json!("210922"))),
        ("roles as a text", claim("roles", json!("operator"))),
        ("regions without number", claim("regions", json!(vec!["210922"; 300]))),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_tokens_are_refused_without_a_word() {
    let (suite, issuer) = super::guarded(Database::sqlite()).await;
    let channel = suite.evaluation_channel();
    let bad = bad(&issuer);
    assert!(bad.len() >= 40);
    for (what, token) in bad {
        let status = call(channel.clone(), RPC, Some(&token), vec![vec![]]).await.status;

        let status = status.unwrap_or_else(|| panic!("{what} came in"));
        assert_eq!((status.code(), status.message()), (Code::Unauthenticated, "unauthenticated"), "{what}");
        assert!(status.details().is_empty(), "{what}");
        let told: Vec<_> = status.metadata().iter().map(|entry| format!("{entry:?}")).collect();
        assert!(told.iter().all(|entry| entry.contains("date") || entry.contains("content-")), "{what}: {told:?}");
    }
    let good = issuer.token(&[Role::Auditor], &[]);
    assert!(call(channel, RPC, Some(&good), vec![vec![]]).await.status.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_headers_are_refused_without_a_word() {
    let (suite, issuer) = super::guarded(Database::sqlite()).await;
    let good = issuer.token(&Role::ALL, &["-"]);
    let headers = [
        vec![],
        vec![String::new()],
        vec!["Bearer".to_owned()],
        vec![good.clone()],
        vec![format!("Basic {good}")],
        vec![format!("Token {good}")],
        vec![format!("Bearer  {good}")],
        vec![format!("Bearer {good} ")],
        vec![format!("Bearer {good}"), format!("Bearer {good}")],
        vec![format!("Bearer {good}"), "Bearer other".to_owned()],
        vec![format!("Bearer {good},Bearer {good}")],
    ];
    for values in headers {
        let mut request = Request::new(junheng_proto::evaluation::v1::ListStandardsRequest::default());
        for value in &values {
            request.metadata_mut().append("authorization", MetadataValue::try_from(value.as_str()).unwrap());
        }
        let status = suite.standards().list_standards(request).await.unwrap_err();

        assert_eq!((status.code(), status.message()), (Code::Unauthenticated, "unauthenticated"), "{values:?}");
        assert!(status.details().is_empty(), "{values:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn good_tokens_come_in() {
    let (suite, issuer) = super::guarded(Database::sqlite()).await;
    let claims = issuer.claims(&[Role::Auditor], &["210922"]);
    let now = issuer.now.as_second();
    let [ed, p256, rsa] = issuer.keys.as_slice() else { panic!("three keys") };
    for (what, token) in [
        ("EdDSA", ed.token(&claims)),
        ("ES256", p256.token(&claims)),
        ("RS256", rsa.token(&claims)),
        ("no id, one key of the kind", ed.sign(&json!({ "alg": "EdDSA" }), &claims)),
        ("an access token", ed.sign(&json!({ "alg": "EdDSA", "kid": "ed-1", "typ": "at+jwt" }), &claims)),
        ("several audiences", ed.token(&with(&claims, "aud", json!(["others", AUDIENCE])))),
        ("ends at a fraction of a second", ed.token(&with(&claims, "exp", json!(f64::from(i32::MAX) - 0.5)))),
        ("within the leeway of its end", ed.token(&with(&claims, "exp", json!(now - 29)))),
        ("within the leeway of its beginning", ed.token(&with(&claims, "nbf", json!(now + 30)))),
        ("no beginning", ed.token(&without(&claims, "nbf"))),
        ("roles that are not ours, too", ed.token(&with(&claims, "roles", json!(["auditor", "offline_access"])))),
    ] {
        let status = call(suite.evaluation_channel(), RPC, Some(&token), vec![vec![]]).await.status;

        assert!(status.is_none(), "{what}: {status:?}");
    }
    let nobody = ed.token(&with(&claims, "roles", json!(["offline_access"])));
    let status = call(suite.evaluation_channel(), RPC, Some(&nobody), vec![vec![]]).await.status.unwrap();
    assert_eq!(status.code(), Code::PermissionDenied);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_came_in_ends_with_its_time() {
    let (suite, issuer) = super::guarded(Database::sqlite()).await;
    let token = issuer.token(&[Role::Auditor], &[]);
    let call = async || call(suite.evaluation_channel(), RPC, Some(&token), vec![vec![]]).await.status;
    assert!(call().await.is_none());

    suite.hands.advance(jiff::SignedDuration::from_secs(3600 + 29));
    assert!(call().await.is_none(), "within the leeway");

    suite.hands.advance(jiff::SignedDuration::from_secs(1));
    assert_eq!(call().await.unwrap().code(), Code::Unauthenticated);
}
