//! Every page by every role about every kind of region: nothing leaks. And whose token a request brings, and how.

use std::collections::BTreeSet;

use junheng_e2e::{
    Database, Issuer, Setup, Suite,
    http::{Answer, ask_with, get, get_with},
    on_both_databases,
};
use junheng_proto::{
    POLICY,
    reporting::v1::{IssueReportRequest, ListAuditRecordsRequest, ReportFormat},
};
use junheng_runtime::{Role, access::Policy};

use super::{
    credentials::bad,
    matrix::{VIEWS, View, peopled, serial},
    policy::served,
};

on_both_databases!(no_page_leaks, who_is_not_known_sees_nothing, looks_are_in_the_audit_as_calls_are,);

const SUMMARY: &str = "/regions/210922";

/// Pages with the roles that may see them, each by itself.
fn pages() -> Vec<(String, Vec<Role>)> {
    let policy = Policy::read(POLICY, &served()).unwrap();
    let pages: BTreeSet<_> = policy.pages().map(|(route, roles)| (route.to_owned(), roles)).collect();
    pages.into_iter().collect()
}

/// The address of a page about a region, where it is about one.
fn address(route: &str, code: &str) -> String {
    route
        .replace("{region}", code)
        .replace("{school}", &format!("21{}000001", serial(code)))
        .replace("{submission}", "2024-12.1")
        .replace("{file}", "2024-12.national-quality-2017.md")
        .replace("{number}", "1")
        .replace("{month}", "2024-12")
        .replace("{standard}", "national-quality-2017")
        .replace("/differences", "/differences?before=national-basic-2012&after=national-quality-2017")
}

async fn look(suite: &Suite, path: &str, token: &str) -> Answer {
    get_with(suite.console_address(), path, &[("Authorization", &format!("Bearer {token}"))]).await
}

/// Counties with a month and an issued report each, behind a console that asks who looks.
async fn issued(database: Database) -> (Suite, Issuer) {
    let (suite, issuer) = peopled(database).await;
    let open = suite.restart_with(Setup { working: false, ..Setup::default() }).await;
    for code in ["210922", "210921", "211002", "220122"] {
        let request = IssueReportRequest {
            evaluation: format!("regions/{code}/evaluations/2024-12.national-quality-2017"),
            format: ReportFormat::Markdown.into(),
            request_id: "issue".to_owned(),
            ..IssueReportRequest::default()
        };
        open.reports().issue_report(request).await.unwrap();
    }
    let setup = Setup { working: false, access: Some(issuer.config()), ..Setup::default() };
    (open.restart_with(setup).await, issuer)
}

/// Everything of an answer but its time.
fn told(answer: &Answer) -> (u16, String, Vec<(String, String)>) {
    let mut headers = answer.headers.clone();
    headers.retain(|(name, _)| name != "date");
    (answer.status, answer.text().to_owned(), headers)
}

fn confined(answer: &Answer, what: &str) {
    let policy = answer.header("content-security-policy").unwrap_or_default();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{what}: {policy}");
    assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{what}");
    assert!(answer.header("access-control-allow-origin").is_none(), "{what}");
}

async fn no_page_leaks(database: Database) {
    let (suite, issuer) = issued(database).await;
    let almighty = issuer.token(&Role::ALL, &["-"]);
    let (mut looks, mut shown) = (0, 0);
    for (route, roles) in pages() {
        for View { scope, within, beyond, hidden } in &VIEWS {
            for role in Role::ALL {
                let token = issuer.token(&[role], &[scope]);
                let what = format!("{route} as {role} of {scope}");
                let allowed = roles.contains(&role);
                let mut outside = BTreeSet::new();
                for (_, code) in beyond.iter().filter(|_| route.contains("{region}")) {
                    let answer = look(&suite, &address(&route, code), &token).await;
                    looks += 1;
                    assert_eq!(answer.status, if allowed { 404 } else { 403 }, "{what} about {code}");
                    confined(&answer, &what);
                    outside.insert(told(&answer));
                }
                assert!(outside.len() <= 1, "{what}: what is there and what is not are told apart: {outside:#?}");
                for code in *within {
                    let path = address(&route, code);
                    let answer = look(&suite, &path, &token).await;
                    looks += 1;
                    confined(&answer, &what);
                    if !allowed {
                        assert_eq!(answer.status, 403, "{what} about {code}");
                        continue;
                    }
                    shown += usize::from(answer.status == 200);
                    let whole = look(&suite, &path, &almighty).await;
                    if route.contains("{region}") {
                        assert_eq!(answer.status, whole.status, "{what} about {code}");
                    }
                    // A workbook is no text.
                    let text = String::from_utf8_lossy(&answer.body);
                    let seen: Vec<_> = hidden.iter().filter(|hidden| text.contains(**hidden)).collect();
                    assert!(seen.is_empty(), "{what} about {code} shows {seen:?}");
                    // An unknown region of one's own is told as another's.
                    let missing = text.contains("行政区划");
                    if answer.status == 404
                        && missing
                        && let Some(outside) = outside.first()
                    {
                        assert_eq!(told(&answer), *outside, "{what} about {code}");
                    }
                }
            }
        }
    }
    assert!(looks > 1_000, "{looks}");
    assert!(shown > 100, "{shown}");
    // A table that is handed over is of what the page shows.
    let reader = issuer.token(&[Role::CityReporter], &["210900"]);
    let table = look(&suite, "/regions/210900?table=counties&as=csv", &reader).await;
    assert_eq!((table.status, table.text().matches("达标县").count()), (200, 1), "{}", table.text());
    for path in ["/regions/210900/comparison?county=210922&county=211002", "/regions/210900/comparison?county=220122"] {
        assert_eq!(look(&suite, path, &reader).await.status, 404, "{path}");
    }
    // Whoever may see one region only is led to it; whoever has several sees them and no other.
    let county = look(&suite, "/inflow", &issuer.token(&[Role::CountyReader], &["210922"])).await;
    assert_eq!((county.status, county.header("location")), (303, Some("/regions/210922/inflow")));
    let two = look(&suite, "/inflow", &issuer.token(&[Role::CountyReader], &["210922", "220122"])).await;
    assert!(two.text().contains("所辖地区报送情况") && two.text().contains("220122"), "{}", two.text());
    assert!(!two.text().contains("210921") && !two.text().contains("211002"));
    let none = look(&suite, "/", &issuer.token(&[Role::CountyReader], &[])).await;
    assert!(none.status == 200 && !none.text().contains("/regions/"), "{}", none.text());
    // The way up ends where one's own begins.
    let own = look(&suite, "/regions/210922", &issuer.token(&[Role::CountyReader], &["210922"])).await;
    assert!(!own.text().contains("/regions/210900") && !own.text().contains("/regions/210000"));
}

async fn who_is_not_known_sees_nothing(database: Database) {
    let (suite, issuer) = issued(database).await;
    let address_of = suite.console_address();
    let paths = pages().into_iter().map(|(route, _)| address(&route, "210922"));
    for path in paths.chain(["/nothing".to_owned(), "/regions/%ff".to_owned()]) {
        let answer = get(address_of, &path).await;
        if path.starts_with("/assets/") {
            assert_eq!(answer.status, 404, "{path} is no asset, and anybody may be told so");
            continue;
        }
        assert_eq!((answer.status, answer.header("www-authenticate")), (401, Some("Bearer")), "{path}");
        assert!(answer.text().contains("请先登录") && !answer.text().contains("210922"), "{path}: {}", answer.text());
        confined(&answer, &path);
    }
    let refused = get(address_of, SUMMARY).await;
    let style = refused.text().split('"').find(|part| part.starts_with("/assets/")).unwrap();
    assert_eq!(get(address_of, style).await.status, 200, "the page that asks to sign in has its looks");
    let bad = bad(&issuer);
    assert!(bad.len() >= 40);
    for (what, token) in bad.into_iter().filter(|(_, token)| !token.contains('\n')) {
        let answer = look(&suite, SUMMARY, &token).await;
        assert_eq!(told(&answer), told(&refused), "{what}");
    }
    let good = issuer.token(&[Role::Auditor], &["210922"]);
    let bearer = format!("Bearer {good}");
    for (what, headers) in [
        ("another header", vec![("X-Forwarded-Access-Token", good.as_str())]),
        ("a cookie", vec![("Cookie", good.as_str())]),
        ("no scheme", vec![("Authorization", good.as_str())]),
        ("another scheme", vec![("Authorization", "Basic c29tZWJvZHk6c2VjcmV0")]),
        ("twice", vec![("Authorization", &bearer), ("Authorization", &bearer)]),
    ] {
        assert_eq!(get_with(address_of, SUMMARY, &headers).await.status, 401, "{what}");
    }
    let headers = [("Authorization", bearer.as_str())];
    assert_eq!(get_with(address_of, SUMMARY, &headers).await.status, 200);
    for method in ["POST", "PUT", "DELETE"] {
        let answer = ask_with(address_of, method, SUMMARY, "console.example.gov.cn", &headers).await;
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(ask_with(address_of, method, SUMMARY, "console.example.gov.cn", &[]).await.status, 401, "{method}");
    }
    let named = ask_with(address_of, "GET", SUMMARY, "console.example.gov.cn", &headers).await;
    assert_eq!(named.status, 200, "a proxy calls it by the proxy's name");

    let mut setup = Setup { working: false, access: Some(issuer.config()), ..Setup::default() };
    "x-forwarded-access-token".clone_into(&mut setup.reporting.console_token_header);
    let suite = suite.restart_with(setup).await;
    let address_of = suite.console_address();
    for (headers, status) in [
        (vec![("X-Forwarded-Access-Token", good.as_str())], 200),
        // What a browser sends along by itself does not count beside it.
        (vec![("X-Forwarded-Access-Token", good.as_str()), ("Authorization", "Basic c29tZWJvZHk6c2VjcmV0")], 200),
        (vec![("X-Forwarded-Access-Token", bearer.as_str())], 401),
        (vec![("X-Forwarded-Access-Token", good.as_str()), ("X-Forwarded-Access-Token", good.as_str())], 401),
        (vec![("Authorization", bearer.as_str())], 401),
    ] {
        assert_eq!(get_with(address_of, SUMMARY, &headers).await.status, status, "{headers:?}");
    }
}

async fn looks_are_in_the_audit_as_calls_are(database: Database) {
    let (suite, issuer) = issued(database).await;
    let reader = issuer.token(&[Role::CountyReader], &["210922"]);
    for (path, status) in [
        ("/regions/210922/reports/1", 200),
        ("/regions/210922/drafts/2024-12.national-quality-2017.md", 200),
        ("/regions/210922/submissions/2024-12.1?month=2024-12", 200),
        ("/regions/210921/reports/1", 404),
        ("/standards", 200),
        ("/nothing", 404),
    ] {
        assert_eq!(look(&suite, path, &reader).await.status, status, "{path}");
    }

    let list = async |parent: &str| {
        let mut request = tonic::Request::new(ListAuditRecordsRequest {
            parent: parent.to_owned(),
            page_size: 500,
            ..ListAuditRecordsRequest::default()
        });
        let token = format!("Bearer {}", issuer.token(&[Role::Auditor], &["-"]));
        request.metadata_mut().insert("authorization", token.parse().unwrap());
        let records = suite.audit().await.list_audit_records(request).await.unwrap().into_inner().records;
        let pages = records.into_iter().filter(|record| record.detail.contains("page, "));
        let told = pages.map(|record| {
            assert_eq!(record.subject, "somebody");
            let (_, rpc) = record.action.rsplit_once('/').unwrap();
            (rpc.to_owned(), record.resource, record.outcome, record.detail)
        });
        told.collect::<Vec<_>>()
    };
    let own = list("regions/210922").await;
    let of = |rpc: &str| own.iter().find(|(own, ..)| own == rpc).unwrap_or_else(|| panic!("{rpc} in {own:?}"));
    assert_eq!(own.len(), 3, "{own:?}");
    let (_, resource, outcome, detail) = of("GetReport");
    assert_eq!((resource.as_str(), outcome.as_str()), ("regions/210922/reports/1", "Ok"));
    let bytes: u64 = detail.rsplit(", ").next().unwrap().trim_end_matches(" bytes").parse().unwrap();
    assert!(bytes > 1_000, "{detail}");
    assert_eq!(of("RenderCountyReport").1, "regions/210922/drafts/2024-12.national-quality-2017.md");
    assert!(of("GetSubmission").3.starts_with("month 2024-12, page, "));
    let refused: Vec<_> =
        list("regions/-").await.into_iter().filter(|(.., outcome, _)| outcome == "NotFound").collect();
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert_eq!((refused[0].0.as_str(), refused[0].1.as_str()), ("GetReport", "regions/210921/reports/1"));
}
