-- The check whose messages are being left out: until the last of them is, the flow goes nowhere.
alter table flows add column leaving_out text;
