//! `junheng withdraw`: withdraws a county's month.

use junheng_domain::code::{Month, RegionCode};
use junheng_proto::ingest::v1::WithdrawMonthRequest;
use junheng_wire::name;

use crate::{args, failure::Failure, output, request_id, server};

pub(crate) const EXAMPLES: &str = "\
示例：
  junheng withdraw 210922 2024-12 --reason '误报，数据属于上一年度'
  junheng withdraw 210922 2024-12 --reason '误报' --base-revision 3      该月已有第3版以后的版本时不撤回

撤回后，该月按没有报送处理：评估结果撤下，县级要素不再沿用到以后的月份。撤回之前的数据仍可按当时的时刻查看。再次报送即为新的一版。";

/// Arguments of `junheng withdraw`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[arg(value_parser = args::county, help = "县的六位行政区划代码")]
    county: RegionCode,
    #[arg(value_parser = args::month, help = "月份，如 2024-12")]
    month: Month,
    #[arg(long, value_name = "TEXT", help = "撤回的理由，随数据保存")]
    reason: String,
    #[arg(long, value_name = "N", help = "所见的最新版本号；该月的最新版本不是它时不撤回")]
    base_revision: Option<u32>,
    #[arg(long, value_name = "ID", value_parser = args::request_id, help = "请求编号，1 至 64 个字母、数字、. _ -；不给出时自动生成")]
    request_id: Option<String>,
    #[arg(long, value_name = "URL", default_value = server::INGEST, help = "接收服务的地址")]
    server: String,
}

/// Withdraws and tells the revision that it is.
pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let request_id = request_id::or_new(args.request_id);
    let request = WithdrawMonthRequest {
        region: name::region(&args.county),
        month: args.month.to_string(),
        reason: args.reason,
        base_revision: args.base_revision,
        request_id: request_id.clone(),
    };
    let withdrawn = server::connect(&args.server).await?.withdraw_month(request).await;
    let withdrawn = withdrawn.inspect_err(|error| request_id::advise(error, &request_id))?;
    let revision = withdrawn.revision.unwrap_or_default();
    output::print(&format!("已撤回 {} {}，第{revision}版：{}", args.county, args.month, withdrawn.submission))
}
