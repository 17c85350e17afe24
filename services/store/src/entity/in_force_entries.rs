//! Rows of table `in_force_entries`.

use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "in_force_entries")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub region_code: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub known_at_unix_ms: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub standard_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub from_month: i32,
    pub to_month: Option<i32>,
    pub withdrawn: bool,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
