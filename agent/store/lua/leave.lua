-- Stop waiting: the one who asked has gone. ARGV[2] ticket. What the running turn has heard stays part of it.
if not is_heard(ARGV[2]) then redis.call('LREM', joined, 1, ARGV[2]) end
unqueue(ARGV[2])
return 1
