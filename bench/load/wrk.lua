-- wrk prints for people; this prints its figures once more, to be read.
done = function(summary)
  local errors = summary.errors
  io.write(string.format(
    'figures {"operations":%d,"bytes":%.0f,"microseconds":%d,"failed":%d}\n',
    summary.requests, summary.bytes, summary.duration,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
