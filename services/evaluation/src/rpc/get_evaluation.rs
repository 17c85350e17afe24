//! `GetEvaluation`: a stored evaluation, as it is stored.

use junheng_proto::{
    Timestamp,
    evaluation::v1::{self as proto, GetEvaluationRequest, GetEvaluationResponse},
};
use junheng_runtime::Caller;
use junheng_store::evaluations;
use junheng_wire::{name, status::RpcError, time, violations::Violations};
use prost::Message as _;

use crate::Evaluation;

/// `GetEvaluationResponse` with the evaluation left encoded: on the wire a message within a message and its bytes are the same.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct Stored {
    #[prost(bytes = "vec", tag = "1")]
    evaluation: Vec<u8>,
    #[prost(message, optional, tag = "2")]
    evaluated_at: Option<Timestamp>,
}

impl Stored {
    /// The same as the message of the contract.
    pub(crate) fn decode(self) -> Result<GetEvaluationResponse, RpcError> {
        let evaluation = proto::Evaluation::decode(self.evaluation.as_slice())
            .map_err(|error| RpcError::Internal { what: format!("a stored evaluation: {error}") })?;
        Ok(GetEvaluationResponse { evaluation: Some(evaluation), evaluated_at: self.evaluated_at })
    }
}

#[tracing::instrument(name = "evaluation.get_evaluation", skip_all, fields(caller.subject = %caller.subject))]
pub(crate) async fn handle(
    evaluation: &Evaluation,
    caller: &Caller,
    request: &GetEvaluationRequest,
) -> Result<Stored, RpcError> {
    let mut violations = Violations::default();
    let parsed = violations.take("name", name::parse_evaluation(&request.name));
    violations.finish()?;
    let missing = || RpcError::Missing { resource: request.name.clone() };
    let (county, month, standard) = parsed.ok_or_else(missing)?;
    let row = evaluations::find(&evaluation.store, &county, month, &standard).await?.ok_or_else(missing)?;
    Ok(Stored { evaluation: row.evaluation, evaluated_at: Some(time::encode(row.evaluated_at)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_is_the_response_of_the_contract() {
        let evaluation = proto::Evaluation { name: "regions/210922".to_owned(), ..proto::Evaluation::default() };
        let evaluated_at = Some(Timestamp { seconds: 7, nanos: 5 });

        let stored = Stored { evaluation: evaluation.encode_to_vec(), evaluated_at };

        let response = GetEvaluationResponse { evaluation: Some(evaluation), evaluated_at };
        assert_eq!(stored.encode_to_vec(), response.encode_to_vec());
        assert_eq!(stored.decode().unwrap(), response);
    }
}
