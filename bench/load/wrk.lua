-- Prints the results of wrk again, as JSON.
done = function(summary)
  local errors = summary.errors
  io.write(string.format(
    'figures {"operations":%d,"bytes":%.0f,"microseconds":%d,"failed":%d}\n',
    summary.requests, summary.bytes, summary.duration,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
