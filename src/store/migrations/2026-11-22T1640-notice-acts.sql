-- What a person has decided about a notice: settled, cancelled, postponed. One act may be about a
-- whole emission, and names its notices here.
create table notice_acts (
  notice_id bigint not null,
  act_id bigint not null,
  primary key (notice_id, act_id)
);
