//! Who may do what: every RPC by every role in every region, credentials that are refused, keys that change.

mod credentials;
mod keys;
mod matrix;
mod pages;
mod policy;
mod program;
mod requests;
mod streams;

use junheng_e2e::{Database, Issuer, Setup, Suite, raw::call};
use junheng_runtime::Role;
use tonic::Status;

/// The services on a database, asking every caller who he is, and who issues the tokens that they believe.
async fn guarded(database: Database) -> (Suite, Issuer) {
    let suite = Suite::start_with(database, Setup { working: false, ..Setup::default() }).await;
    let issuer = Issuer::new(suite.now());
    let setup = Setup { working: false, access: Some(issuer.config()), ..Setup::default() };
    (suite.restart_with(setup).await, issuer)
}

/// What a caller is told who may never call an RPC; the services ask who calls from then on.
pub(crate) async fn not_allowed(suite: Suite) -> (Suite, Status) {
    let issuer = Issuer::new(suite.now());
    let suite = suite.restart_with(Setup { access: Some(issuer.config()), ..Setup::default() }).await;
    let (token, rpc) = (issuer.token(&[Role::Auditor], &["-"]), "/junheng.ingest.v1.SubmissionService/SubmitMonth");
    let answer = call(suite.ingest_channel(), rpc, Some(&token), vec![vec![]]).await;
    (suite, answer.status.unwrap())
}
