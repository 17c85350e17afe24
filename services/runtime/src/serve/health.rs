use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tonic_health::ServingStatus;
use tonic_health::pb::health_server::{Health as HealthApi, HealthServer};
use tonic_health::server::{HealthReporter, health_reporter};

/// gRPC health of one listener: the same answer for each of its services and for the empty name.
pub(super) struct Health {
    reporter: HealthReporter,
    names: Vec<&'static str>,
}

impl Health {
    /// Starts `NOT_SERVING`, also for the empty name, which tonic starts SERVING.
    pub(super) async fn start(names: Vec<&'static str>) -> (Self, HealthServer<impl HealthApi>) {
        let (reporter, server) = health_reporter();
        let health = Self { reporter, names };
        health.set(ServingStatus::NotServing).await;
        (health, server)
    }

    /// Follows `readiness` until `stop` fires, then says `NOT_SERVING` for good.
    pub(super) async fn follow(self, mut readiness: watch::Receiver<bool>, stop: &CancellationToken) {
        let following = async {
            loop {
                let ready = *readiness.borrow_and_update();
                self.set(if ready { ServingStatus::Serving } else { ServingStatus::NotServing }).await;
                if readiness.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        };
        let _stopped: Option<()> = stop.run_until_cancelled(following).await;
        self.set(ServingStatus::NotServing).await;
    }

    async fn set(&self, status: ServingStatus) {
        for name in self.names.iter().copied().chain([""]) {
            self.reporter.set_service_status(name, status).await;
        }
    }
}
