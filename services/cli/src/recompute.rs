//! `junheng recompute`: has the reported months of a region evaluated anew by the evaluation service.

use junheng_domain::code::{Month, RegionCode};
use junheng_proto::evaluation::v1::RecomputeEvaluationsRequest;
use junheng_wire::name;

use crate::{args, failure::Failure, output, request_id, server};

pub(crate) const EXAMPLES: &str = "\
示例：
  junheng recompute 210922 --from 2024-12                          一个县的一个月
  junheng recompute 210000 --from 2024-01 --to 2024-12             全省各县的一年

已接收报送的县月全部重新评估，完成后替换已存的评估结果；没有报送的月份不受影响。命令在登记待评估的县月后即返回，评估随后自动进行。
可以放心重复执行。中途失败时，用 --request-id 带上提示的编号重新执行，已登记的县不再重复。";

/// Arguments of `junheng recompute`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[arg(value_parser = args::county, help = "县、市或省的六位行政区划代码")]
    region: RegionCode,
    #[arg(long, value_name = "MONTH", value_parser = args::month, help = "第一个月，如 2024-01")]
    from: Month,
    #[arg(long, value_name = "MONTH", value_parser = args::month, help = "最后一个月，含本月；不给出时只有第一个月")]
    to: Option<Month>,
    #[arg(long, value_name = "ID", value_parser = args::request_id, help = "请求编号，1 至 64 个字母、数字、. _ -；不给出时自动生成")]
    request_id: Option<String>,
    #[arg(long, value_name = "URL", default_value = server::EVALUATION, help = "评估服务的地址")]
    server: String,
    #[arg(long, help = "输出 JSON（protobuf 的规范形式）")]
    json: bool,
}

/// Asks for it and tells how much there is to evaluate.
pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    if let Some(to) = args.to.filter(|to| *to < args.from) {
        return Err(Failure::Usage(format!("--to（{to}）不能早于 --from（{}）", args.from)));
    }
    let request_id = request_id::or_new(args.request_id);
    let request = RecomputeEvaluationsRequest {
        region: name::region(&args.region),
        first_month: args.from.to_string(),
        last_month: args.to.unwrap_or(args.from).to_string(),
        request_id: request_id.clone(),
    };
    let client = server::connect(&args.server).await?;
    let marked = client.recompute_evaluations(request).await;
    let marked = marked.inspect_err(|error| request_id::advise(error, &request_id))?;
    if args.json {
        return output::print(&serde_json::to_string_pretty(&marked)?);
    }
    let (counties, months) = (marked.county_count.unwrap_or_default(), marked.month_count.unwrap_or_default());
    output::print(&format!("已登记重新评估：{counties}个县，共{months}个县月"))
}
