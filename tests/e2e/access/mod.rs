//! Who may do what: every RPC by every role in every region, credentials that are refused, keys that change.

mod credentials;
mod keys;
mod matrix;
mod policy;
mod program;
mod requests;
mod streams;

use junheng_e2e::{Database, Issuer, Setup, Suite};

/// The services on a database, asking every caller who he is, and who issues the tokens that they believe.
async fn guarded(database: Database) -> (Suite, Issuer) {
    let suite = Suite::start_with(database, Setup { working: false, ..Setup::default() }).await;
    let issuer = Issuer::new(suite.now());
    let setup = Setup { working: false, access: Some(issuer.config()), ..Setup::default() };
    (suite.restart_with(setup).await, issuer)
}
