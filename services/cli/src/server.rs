//! Where services are found.

use junheng_client::Client;

use crate::failure::Failure;

/// Where `junheng serve` offers the ingest service by default.
pub(crate) const INGEST: &str = "http://127.0.0.1:50051";
/// Where `junheng serve` offers the evaluation service by default.
pub(crate) const EVALUATION: &str = "http://127.0.0.1:50052";
/// Where `junheng serve` offers the report service by default.
pub(crate) const REPORTING: &str = "http://127.0.0.1:50053";

/// Connects to a service.
pub(crate) async fn connect(endpoint: &str) -> Result<Client, Failure> {
    Ok(Client::connect(endpoint).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_addresses_are_those_of_the_default_configuration() {
        let config = junheng_runtime::Config::defaults().unwrap();

        assert_eq!(INGEST, format!("http://{}", config.ingest.listen));
        assert_eq!(EVALUATION, format!("http://{}", config.evaluation.listen));
        assert_eq!(REPORTING, format!("http://{}", config.reporting.listen));
    }
}
