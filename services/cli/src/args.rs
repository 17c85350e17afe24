//! The command line: subcommands, and the flags that several of them have.

use clap::{Parser, Subcommand};
use junheng_domain::code::{Month, RegionCode, SchoolCode};
use junheng_wire::name;

use crate::{
    acknowledge, attribute, audit, backup, bulletin, check, checks, compare, conformance, demo, descriptors, evaluate,
    explain, facts, inflow, key, migrate, overview, province, push, receipt, recompute, regions, report, reports,
    schools, series, serve, server, simulate, standards, statistics, submissions, template, token, withdraw,
};

const EXAMPLES: &str = "\
示例：
  junheng demo                                                   用内置的示例县走一遍：登记、报送、评估、出报告
  junheng evaluate --schools 学校.csv --county 210922 --month 2024-12
                                                                 不启动服务，直接评估文件
  junheng serve                                                  启动接收、评估、报告三个服务
  junheng schools import 学校.csv --county 210922                登记学校
  junheng template 210922 --month 2024-12                        取报送模板，填写后检查、报送
  junheng push 学校.csv 指标.csv --county 210922 --month 2024-12 报送一个月的数据
  junheng status 210000 --month 2024-12                          各市、各县的报送情况
  junheng report 210922 --month 2024-12 --format html -o 报告.html
  junheng bulletin 210900 --month 2024-12 -o 通报.docx            一个市的每月调度通报
  junheng overview 210000 --month 2024-12 -o 总览.xlsx            全省各县总览
  junheng series 210922 --measure variation --indicator L2 --from 2024-01 --to 2024-12
                                                                 差异系数的变化
  junheng province 210000 --month 2024-12                        全省各县的评估结果
  junheng compare 210922 --before 2024-11 --after 2024-12        比较两个月的结论
  junheng explain 210922 --month 2024-12                         结论为什么是这样
  junheng attribute 210922 --month 2024-12 --indicator L4        差异系数来自哪些学校
  junheng simulate 210922 --month 2024-12 --changes 撤并.json    假设撤并后的结论

退出码：0 成功；1 数据有错误或操作失败（原因见标准错误）；2 命令用法有误";

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "junheng", version, about = "县域义务教育优质均衡、基本均衡发展督导评估", after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) identity: server::Identity,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(about = "评估一个县一个月的数据（文件或服务）", after_help = evaluate::EXAMPLES)]
    Evaluate(evaluate::Args),
    #[command(about = "启动接收、评估、报告三个服务", after_help = serve::EXAMPLES)]
    Serve(serve::Args),
    #[command(about = "登记学校和学校的变更，查看学校沿革", after_help = schools::EXAMPLES)]
    Schools(schools::Args),
    #[command(about = "登记行政区划", after_help = regions::EXAMPLES)]
    Regions(regions::Args),
    #[command(about = "取一个县一个月的报送模板（.xlsx）", after_help = template::EXAMPLES)]
    Template(template::Args),
    #[command(about = "检查文件，不需要服务", after_help = check::EXAMPLES)]
    Check(check::Args),
    #[command(about = "报送一个或多个县、月的数据", after_help = push::EXAMPLES)]
    Push(push::Args),
    #[command(about = "确认待确认报送的警告并说明理由", after_help = acknowledge::EXAMPLES)]
    Acknowledge(acknowledge::Args),
    #[command(about = "撤回一个县一个月的报送", after_help = withdraw::EXAMPLES)]
    Withdraw(withdraw::Args),
    #[command(about = "列出一个县的报送，查看一次报送", after_help = submissions::EXAMPLES)]
    Submissions(submissions::Args),
    #[command(about = "查看一个县一个月现行的数据，或某一时刻的数据", after_help = facts::EXAMPLES)]
    Facts(facts::Args),
    #[command(about = "各市、各县的报送情况：按时、迟报、缺报", after_help = inflow::STATUS_EXAMPLES)]
    Status(inflow::StatusArgs),
    #[command(about = "查询或设置报送截止日", after_help = inflow::CALENDAR_EXAMPLES)]
    Calendar(inflow::CalendarArgs),
    #[command(about = "列出新接收的各版数据，供同步平台使用", after_help = inflow::CHANGES_EXAMPLES)]
    Changes(inflow::ChangesArgs),
    #[command(about = "检验一个报送接口（本系统经代理，或另行实现的）是否合乎约定", after_help = conformance::EXAMPLES)]
    Conformance(conformance::Args),
    #[command(about = "取一个县一个月的自查报告、申报表（草稿）", after_help = report::EXAMPLES)]
    Report(report::Args),
    #[command(about = "签发报告，列出、取回已签发的报告", after_help = reports::EXAMPLES)]
    Reports(reports::Args),
    #[command(about = "取一个县一个月的统计报表（.xlsx）", after_help = statistics::EXAMPLES)]
    Statistics(statistics::Args),
    #[command(about = "各县一个月的总览，或几个县的比较", after_help = overview::EXAMPLES)]
    Overview(overview::Args),
    #[command(about = "各月的序列：县均值、差异系数、达标率、一所学校的数值", after_help = series::EXAMPLES)]
    Series(series::Args),
    #[command(about = "一个市或省的每月调度通报", after_help = bulletin::EXAMPLES)]
    Bulletin(bulletin::Args),
    #[command(about = "汇总一个省、市或全国一个月的评估结果", after_help = province::EXAMPLES)]
    Province(province::Args),
    #[command(about = "比较一个县的两个结论：哪些指标变了，为什么", after_help = compare::EXAMPLES)]
    Compare(compare::Args),
    #[command(about = "逐层说明一个县的结论，直到上报的数字", after_help = explain::EXAMPLES)]
    Explain(explain::Args),
    #[command(about = "差异系数来自哪些学校，先补哪些", after_help = attribute::EXAMPLES)]
    Attribute(attribute::Args),
    #[command(about = "假设作若干改动（撤并、调动等），看结论会怎样", after_help = simulate::EXAMPLES)]
    Simulate(simulate::Args),
    #[command(about = "重新评估一个县、市或省已报送的月份", after_help = recompute::EXAMPLES)]
    Recompute(recompute::Args),
    #[command(about = "建立或升级数据库", after_help = migrate::EXAMPLES)]
    Migrate(migrate::Args),
    #[command(about = "签发开发用的令牌", after_help = token::EXAMPLES)]
    Token(token::Args),
    #[command(about = "评估标准：查看、检查、登记、比较、确定现行标准", after_help = standards::EXAMPLES)]
    Standards(standards::Args),
    #[command(about = "检查规则：查看各条规则、确定一个区划的限值", after_help = checks::EXAMPLES)]
    Checks(checks::Args),
    #[command(about = "审计记录：查询、核对、导出、清理", after_help = audit::EXAMPLES)]
    Audit(audit::Args),
    #[command(about = "签名密钥：生成、取公钥", after_help = key::EXAMPLES)]
    Key(key::Args),
    #[command(about = "核对报送回执的签名，不需要服务", after_help = receipt::EXAMPLES)]
    Receipt(receipt::Args),
    #[command(about = "备份、恢复数据库，演练恢复", after_help = backup::EXAMPLES)]
    Backup(backup::Args),
    #[command(about = "写出接口描述（protobuf 描述集），供网关和客户端使用", after_help = descriptors::EXAMPLES)]
    Descriptors(descriptors::Args),
    #[command(about = "用内置的示例县演示全过程，不需要网络", after_help = demo::EXAMPLES)]
    Demo(demo::Args),
}

/// Reads a county's code.
pub(crate) fn county(text: &str) -> Result<RegionCode, String> {
    text.parse().map_err(|_| "行政区划代码须为六位数字，如 210922".to_owned())
}

/// Reads a school's code.
pub(crate) fn school(text: &str) -> Result<SchoolCode, String> {
    text.parse().map_err(|_| "学校标识码须为十位数字，如 2121000001".to_owned())
}

/// Reads a region's code, or the word for the nation, and gives the resource name.
pub(crate) fn region_or_nation(text: &str) -> Result<String, String> {
    if ["全国", "-"].contains(&text) {
        Ok(name::NATION.to_owned())
    } else {
        county(text).map(|code| name::region(&code))
    }
}

/// Reads a month.
pub(crate) fn month(text: &str) -> Result<Month, String> {
    text.parse().map_err(|_| "月份须形如 2024-12".to_owned())
}

/// Reads an instant.
pub(crate) fn instant(text: &str) -> Result<jiff::Timestamp, String> {
    text.parse().map_err(|_| "时刻须形如 2025-01-05T08:00:00+08:00".to_owned())
}

/// Reads the id of a request.
pub(crate) fn request_id(text: &str) -> Result<String, String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let good = (1..=64).contains(&text.len()) && text.bytes().all(allowed);
    if good { Ok(text.to_owned()) } else { Err("须为 1 至 64 个字母、数字、. _ -".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_a_code_or_the_nation() {
        assert_eq!(region_or_nation("210000").unwrap(), "regions/210000");
        assert_eq!(region_or_nation("全国").unwrap(), "regions/-");
        assert_eq!(region_or_nation("-").unwrap(), "regions/-");
        assert!(region_or_nation("辽宁").is_err());
    }
}
