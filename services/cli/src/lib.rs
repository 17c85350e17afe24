#![doc = include_str!("../README.md")]

mod acknowledge;
mod args;
mod attribute;
mod audit;
mod backup;
mod bulletin;
mod check;
mod checks;
mod compare;
mod conformance;
mod county_month;
mod database;
mod demo;
mod descriptors;
mod evaluate;
mod explain;
mod export;
mod facts;
mod failure;
mod figures;
mod files;
mod findings;
mod inflow;
mod key;
mod migrate;
mod offline;
mod output;
mod overview;
mod pages;
mod province;
mod push;
mod receipt;
mod recompute;
mod regions;
mod removals;
mod report;
mod reports;
mod request_id;
mod schools;
mod series;
mod serve;
mod server;
mod simulate;
mod standards;
mod statistics;
mod submissions;
mod suite;
mod summary;
mod table;
mod template;
mod token;
mod usage;
mod withdraw;

use std::process::ExitCode;

use args::Command;
use failure::Failure;
use junheng_runtime::{
    config::TracesConfig,
    telemetry::{self, traces},
};

/// Names the collector of spans, as OpenTelemetry has it.
const COLLECTOR: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// Runs the program with the arguments that it was called with.
///
/// Exit codes: 0 done; 1 refused or failed, with the reason on stderr; 2 wrong usage.
pub async fn run() -> ExitCode {
    let cli = match usage::read() {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    junheng_runtime::tls::install_provider();
    let prepared = cli.identity.assume().and_then(|()| trace(&cli.command));
    let done = match prepared {
        Ok(()) => Box::pin(dispatch(cli.command)).await,
        Err(failure) => Err(failure),
    };
    traces::end().await;
    match done {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read our output has had enough of it.
        Err(Failure::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(failure) => {
            failure.tell();
            failure.exit_code()
        }
    }
}

/// Sends the spans of a client's commands where the environment says; services have a setting for it.
fn trace(command: &Command) -> Result<(), Failure> {
    let Ok(endpoint) = std::env::var(COLLECTOR) else { return Ok(()) };
    if matches!(command, Command::Serve(_) | Command::Migrate(_) | Command::Demo(_)) {
        return Ok(());
    }
    telemetry::init_traces(&TracesConfig { endpoint, sample_ratio: 1.0 })
        .map_err(|error| Failure::Broken { what: format!("{COLLECTOR} 无法使用"), source: Box::new(error) })
}

async fn dispatch(command: Command) -> Result<(), Failure> {
    match command {
        Command::Evaluate(args) => evaluate::run(args).await,
        Command::Serve(args) => serve::run(args).await,
        Command::Schools(args) => schools::run(args).await,
        Command::Regions(args) => regions::run(args).await,
        Command::Province(args) => province::run(args).await,
        Command::Template(args) => template::run(args).await,
        Command::Check(args) => check::run(&args),
        Command::Push(args) => push::run(args).await,
        Command::Acknowledge(args) => acknowledge::run(args).await,
        Command::Withdraw(args) => withdraw::run(args).await,
        Command::Submissions(args) => submissions::run(args).await,
        Command::Facts(args) => facts::run(args).await,
        Command::Status(args) => inflow::status(args).await,
        Command::Calendar(args) => inflow::calendar(args).await,
        Command::Changes(args) => inflow::changes(args).await,
        Command::Conformance(args) => conformance::run(args).await,
        Command::Recompute(args) => recompute::run(args).await,
        Command::Report(args) => report::run(args).await,
        Command::Reports(args) => reports::run(args).await,
        Command::Statistics(args) => statistics::run(args).await,
        Command::Overview(args) => overview::run(args).await,
        Command::Series(args) => series::run(args).await,
        Command::Bulletin(args) => bulletin::run(args).await,
        Command::Token(args) => token::run(&args),
        Command::Migrate(args) => migrate::run(args).await,
        Command::Compare(args) => compare::run(args).await,
        Command::Explain(args) => explain::run(args).await,
        Command::Attribute(args) => attribute::run(args).await,
        Command::Simulate(args) => simulate::run(args).await,
        Command::Standards(args) => standards::run(args).await,
        Command::Checks(args) => checks::run(args).await,
        Command::Audit(args) => audit::run(args).await,
        Command::Key(args) => key::run(&args),
        Command::Receipt(args) => receipt::run(&args),
        Command::Backup(args) => backup::run(args).await,
        Command::Descriptors(args) => descriptors::run(&args),
        Command::Demo(args) => Box::pin(demo::run(args)).await,
    }
}
