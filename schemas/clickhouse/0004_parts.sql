-- 0004: parts that merges have replaced are removed one after the other. From a hundred at once on the engine starts up
-- to 128 threads for it, which stay; small inserts every two seconds leave that many within minutes.
ALTER TABLE stream_samples MODIFY SETTING concurrent_part_removal_threshold = 1000000000;
ALTER TABLE transport_samples MODIFY SETTING concurrent_part_removal_threshold = 1000000000;
ALTER TABLE events MODIFY SETTING concurrent_part_removal_threshold = 1000000000;
ALTER TABLE dead_letters MODIFY SETTING concurrent_part_removal_threshold = 1000000000;
ALTER TABLE batches MODIFY SETTING concurrent_part_removal_threshold = 1000000000;
ALTER TABLE stream_minutes MODIFY SETTING concurrent_part_removal_threshold = 1000000000;
ALTER TABLE session_minutes MODIFY SETTING concurrent_part_removal_threshold = 1000000000;
ALTER TABLE fleet_minutes MODIFY SETTING concurrent_part_removal_threshold = 1000000000;
ALTER TABLE sessions MODIFY SETTING concurrent_part_removal_threshold = 1000000000;
ALTER TABLE cursors MODIFY SETTING concurrent_part_removal_threshold = 1000000000;
