//! `junheng schools`: registering schools, recording what happens to them, and looking at their history.

mod import;
mod list;
mod record;
mod show;

pub(crate) use self::import::import;
use crate::failure::Failure;

pub(crate) const EXAMPLES: &str = "\
示例：
  junheng schools import 学校.csv --county 210922     登记学校，或更正登记
  junheng schools record 变更.csv --county 210922     登记开办、更名、撤并、划转等变更
  junheng schools list 210922                         一个县的学校
  junheng schools show 210922 2121000001              一所学校的历史、变更和沿革";

/// Arguments of `junheng schools`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    #[command(about = "登记文件中的学校，或更正登记", after_help = import::EXAMPLES)]
    Import(import::Args),
    #[command(about = "登记文件中的学校变更", after_help = record::EXAMPLES)]
    Record(record::Args),
    #[command(about = "列出一个县的学校", after_help = list::EXAMPLES)]
    List(list::Args),
    #[command(about = "列出一所学校的历史、变更和沿革", after_help = show::EXAMPLES)]
    Show(show::Args),
}

/// Does what was asked.
pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    match args.command {
        Command::Import(args) => import::run(args).await,
        Command::Record(args) => record::run(args).await,
        Command::List(args) => list::run(args).await,
        Command::Show(args) => show::run(args).await,
    }
}

/// The name for people of a kind of event, by its id.
fn title(kind: &str) -> &'static str {
    match kind {
        "opened" => "开办",
        "renamed" => "更名",
        "retyped" => "变更办学类型",
        "reclassified" => "变更举办者类型或城乡分类",
        "joined_group" => "加入教育集团",
        "left_group" => "退出教育集团",
        "split" => "分立",
        "merged" => "并入",
        "moved_to" => "划出",
        "moved_from" => "划入",
        _ => "撤销",
    }
}
