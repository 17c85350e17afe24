//! Every RPC by every role about every kind of region: nothing leaks.

use std::collections::BTreeSet;

use junheng_e2e::{
    Database, Setup, Suite, on_both_databases,
    raw::{Answer, call},
};
use junheng_proto::POLICY;
use junheng_runtime::{Role, access::Policy};
use tonic::Code;
use tonic_types::StatusExt as _;

use super::{
    policy::served,
    requests::{method, naming, request},
};

/// Counties with data, each with the digits that set its schools apart.
pub(super) const COUNTIES: [(&str, &str); 4] = [("210922", "21"), ("210921", "22"), ("211002", "23"), ("220122", "24")];

/// A scope, and regions as they stand to it: its own, and below it; then what it must know nothing of.
pub(super) struct View {
    pub(super) scope: &'static str,
    pub(super) within: &'static [&'static str],
    pub(super) beyond: &'static [(&'static str, &'static str)],
    /// Codes that no answer may hold.
    pub(super) hidden: &'static [&'static str],
}

pub(super) const VIEWS: [View; 2] = [
    View {
        scope: "210922",
        within: &["210922"],
        beyond: &[
            ("sibling", "210921"),
            ("parent", "210900"),
            ("province", "210000"),
            ("other city", "211002"),
            ("other province", "220122"),
            ("unknown", "219999"),
            ("nation", "-"),
        ],
        hidden: &["210921", "211002", "220122", "\u{90bb}\u{53bf}"],
    },
    View {
        scope: "210900",
        within: &["210900", "210922", "210998"],
        beyond: &[
            ("sibling", "211000"),
            ("child of the sibling", "211002"),
            ("parent", "210000"),
            ("other province", "220000"),
            ("its county", "220122"),
            ("unknown", "239900"),
            ("nation", "-"),
        ],
        hidden: &["211002", "220122"],
    },
];

/// The digits of a county's schools.
pub(super) fn serial(code: &str) -> &'static str {
    COUNTIES.iter().find(|(county, _)| *county == code).map_or("29", |(_, serial)| serial)
}

/// An RPC that is about regions.
struct Rpc {
    path: String,
    roles: Vec<Role>,
    places: Vec<String>,
    writes: bool,
}

fn rpcs() -> Vec<Rpc> {
    let policy = Policy::read(POLICY, &served()).unwrap();
    let of = |(path, roles, places): (&str, Option<&[Role]>, Vec<&str>)| Rpc {
        path: path.to_owned(),
        roles: roles.unwrap_or(&Role::ALL).to_vec(),
        places: places.into_iter().map(str::to_owned).collect(),
        writes: WRITES.contains(&path.rsplit('/').next().unwrap()),
    };
    let mut rpcs: Vec<Rpc> = policy.rpcs().filter(|(path, ..)| path.starts_with("/junheng.")).map(of).collect();
    // Reading comes first, so that it finds what was written before.
    rpcs.sort_by_key(|rpc| (rpc.writes, rpc.path.clone()));
    rpcs
}

/// What changes something, held against the table by itself: a second look.
const WRITES: [&str; 16] = [
    "SubmitMonth",
    "SubmitMonths",
    "AcknowledgeSubmission",
    "WithdrawMonth",
    "ImportFile",
    "ImportRegions",
    "ImportSchools",
    "RecordSchoolEvents",
    "SetReportingCalendar",
    "SetCheckLimits",
    "RecomputeEvaluations",
    "RegisterStandard",
    "SetStandardInForce",
    "GrantWaiver",
    "RevokeWaiver",
    "IssueReport",
];

/// Counties with a month each, evaluated, behind services that ask callers who they are.
pub(super) async fn peopled(database: Database) -> (Suite, junheng_e2e::Issuer) {
    let suite = Suite::start(database).await;
    for (code, serial) in COUNTIES {
        let mut county = junheng_e2e::County::met_at(code, serial);
        if code != "210922" {
            county.regions[2].display_name = "\u{90bb}\u{53bf}".to_owned();
        }
        suite.register(&county).await;
        let receipt = suite.accepted(county.submission("seed")).await;
        suite.stored(&county.region, &county.month, &receipt).await;
    }
    let issuer = junheng_e2e::Issuer::new(suite.now());
    let setup = Setup { working: false, access: Some(issuer.config()), ..Setup::default() };
    (suite.restart_with(setup).await, issuer)
}

/// Everything of an answer, with a name in it taken out.
fn told(answer: &Answer, code: &str) -> (Option<(Code, String, String)>, usize) {
    let school = format!("/21{}000001", serial(code));
    let nameless = |text: &str| text.replace(code, "?").replace(&school, "/?");
    let status = answer.status.as_ref().map(|status| {
        let details = String::from_utf8_lossy(status.details());
        (status.code(), nameless(status.message()), nameless(&details))
    });
    (status, answer.messages.len())
}

fn code_of(answer: &Answer) -> Code {
    answer.status.as_ref().map_or(Code::Ok, tonic::Status::code)
}

async fn nothing_leaks(database: Database) {
    let (suite, issuer) = peopled(database).await;
    let almighty = issuer.token(&Role::ALL, &["-"]);
    let (mut asked, mut answered) = (0, 0);
    for rpc in rpcs() {
        let places: Vec<&str> = rpc.places.iter().map(String::as_str).collect();
        let channel = suite.channel_of(&rpc.path);
        let ask = |token: String, message: Vec<u8>| {
            let (channel, path) = (channel.clone(), rpc.path.clone());
            async move { call(channel, &path, Some(&token), vec![message]).await }
        };
        for view in &VIEWS {
            for role in Role::ALL {
                let token = issuer.token(&[role], &[view.scope]);
                let allowed = rpc.roles.contains(&role);
                let what = format!("{} as {role} of {}", rpc.path, view.scope);
                let mut beyond = BTreeSet::new();
                for (_, code) in view.beyond.iter().filter(|_| !places.is_empty()) {
                    let answer = ask(token.clone(), request(&rpc.path, &places, code)).await;
                    asked += 1;
                    assert_eq!(answer.messages, Vec::<Vec<u8>>::new(), "{what} about {code}");
                    // A name is as long as its code: only the nation's is shorter, which the framing of details shows.
                    let told = told(&answer, code);
                    let (code_of, ..) = told.0.clone().unwrap();
                    let expected = if allowed { Code::NotFound } else { Code::PermissionDenied };
                    assert_eq!(code_of, expected, "{what} about {code}: {answer:?}");
                    if *code != "-" {
                        beyond.insert(format!("{told:?}"));
                    }
                }
                assert!(beyond.len() <= 1, "{what}: what is there and what is not are told apart: {beyond:#?}");
                for code in view.within {
                    let message = request(&rpc.path, &places, code);
                    let answer = ask(token.clone(), message.clone()).await;
                    asked += 1;
                    if !allowed {
                        assert_eq!(code_of(&answer), Code::PermissionDenied, "{what} about {code}");
                        continue;
                    }
                    answered += usize::from(answer.status.is_none());
                    let refused = [Code::PermissionDenied, Code::Unauthenticated, Code::Internal, Code::Unknown];
                    assert!(!refused.contains(&code_of(&answer)), "{what} about {code}: {answer:?}");
                    if !rpc.writes {
                        let whole = ask(almighty.clone(), message).await;
                        assert_eq!(code_of(&answer), code_of(&whole), "{what} about {code}: {answer:?}");
                    }
                    for message in answer.messages.iter().filter(|_| !places.is_empty()) {
                        let text = String::from_utf8_lossy(message);
                        let seen: Vec<_> = view.hidden.iter().filter(|hidden| text.contains(**hidden)).collect();
                        assert!(seen.is_empty(), "{what} about {code} shows {seen:?}");
                    }
                }
            }
        }
    }
    assert!(asked > 5_000, "{asked}");
    // Most of what may be read is there to be read: else the comparison would be one of errors.
    assert!(answered > 200, "{answered}");
}

/// What a status says apart from the name in it: code, text, reason, text for people, and what else is told.
fn said(status: &tonic::Status) -> (Code, String, String, String, Vec<String>) {
    let details = status.get_error_details();
    let (info, text) = (details.error_info().unwrap(), details.localized_message().unwrap());
    let resource = info.metadata.get("resource").cloned().unwrap_or_default();
    let keys: BTreeSet<_> = info.metadata.keys().cloned().collect();
    let message = status.message().replace(&resource, "?");
    (status.code(), message, info.reason.clone(), text.message.clone(), keys.into_iter().collect())
}

async fn what_is_not_ones_own_is_told_as_what_is_not_there(database: Database) {
    let (suite, issuer) = peopled(database).await;
    let mut compared = 0;
    for rpc in rpcs().iter().filter(|rpc| !rpc.writes && !rpc.places.is_empty()) {
        let places: Vec<&str> = rpc.places.iter().map(String::as_str).collect();
        let token = issuer.token(&rpc.roles, &["210900"]);
        let ask = async |code| {
            let message = request(&rpc.path, &places, code);
            call(suite.channel_of(&rpc.path), &rpc.path, Some(&token), vec![message]).await.status
        };
        // Within the scope the handler answers, beyond it the layer before it. Neither county is there.
        let (within, beyond) = (ask("210998").await, ask("211998").await.unwrap());
        let within = within.filter(|status| said(status).2 == "RESOURCE_MISSING");
        if let Some(within) = within {
            assert_eq!(said(&within), said(&beyond), "{}", rpc.path);
            compared += 1;
        }
    }
    assert!(compared >= 5, "{compared}");
}

async fn a_region_of_ones_own_does_not_cover_for_another(database: Database) {
    let (suite, issuer) = peopled(database).await;
    for rpc in rpcs().iter().filter(|rpc| !rpc.places.is_empty()) {
        let places: Vec<&str> = rpc.places.iter().map(String::as_str).collect();
        let token = issuer.token(&rpc.roles, &["210922"]);
        for codes in [["210922", "210921"], ["210921", "210922"], ["210922", "-"]] {
            let message = naming(&rpc.path, &places, &codes);
            let answer = call(suite.channel_of(&rpc.path), &rpc.path, Some(&token), vec![message]).await;

            assert!(answer.messages.is_empty(), "{} about {codes:?}: {answer:?}", rpc.path);
            let code = code_of(&answer);
            assert!(matches!(code, Code::InvalidArgument | Code::NotFound), "{} about {codes:?}: {answer:?}", rpc.path);
        }
    }
}

async fn who_is_not_known_is_told_nothing(database: Database) {
    let (suite, _) = super::guarded(database).await;
    let rpcs = rpcs();
    assert!(rpcs.len() >= 50, "{}", rpcs.len());
    for rpc in rpcs {
        let places: Vec<&str> = rpc.places.iter().map(String::as_str).collect();
        let answer = call(suite.channel_of(&rpc.path), &rpc.path, None, vec![request(&rpc.path, &places, "210922")]);
        let status = answer.await.status.unwrap();

        assert_eq!((status.code(), status.message()), (Code::Unauthenticated, "unauthenticated"), "{}", rpc.path);
        assert!(status.details().is_empty(), "{}", rpc.path);
    }
}

#[test]
fn what_writes_is_said_to_write() {
    let table: toml::Table = POLICY.parse().unwrap();
    let services = table["services"].as_table().unwrap();
    let rpcs = services.values().flat_map(|service| service.as_table().unwrap());
    let writes = rpcs.filter(|(_, line)| line["kind"].as_str() == Some("write")).map(|(name, _)| name.as_str());
    assert_eq!(writes.collect::<BTreeSet<_>>(), WRITES.into_iter().collect());
    assert!(method("/junheng.ingest.v1.SubmissionService/SubmitMonths").is_client_streaming());
}

on_both_databases!(
    nothing_leaks,
    what_is_not_ones_own_is_told_as_what_is_not_there,
    a_region_of_ones_own_does_not_cover_for_another,
    who_is_not_known_is_told_nothing,
);
