-- The encoding in which a drop's records were read, found or declared: what a person asks first when
-- an accent is wrong. Null until it has been read.
alter table drops add column encoding text;
