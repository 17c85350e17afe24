//! The program `junheng`.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    junheng::run().await
}
