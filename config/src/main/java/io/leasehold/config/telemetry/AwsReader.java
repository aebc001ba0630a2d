package io.leasehold.config.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.leasehold.config.value.Shown;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the {@code config} of backends on AWS. */
final class AwsReader {
  /** Names of before 2018 may have capitals and underscores, access points are ARNs. */
  private static final Pattern BUCKET =
      Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{1,253}|arn:[A-Za-z0-9:/._-]{1,1000}");

  private static final Pattern REGION = Pattern.compile("[a-z0-9-]{1,64}");
  private static final Pattern LOG_GROUP = Pattern.compile("[A-Za-z0-9_/.#-]{1,512}");

  private AwsReader() {}

  static S3Settings s3(YamlSection config) {
    String bucket = config.required("bucket");
    if (!bucket.isEmpty() && !BUCKET.matcher(bucket).matches()) {
      config.problem("bucket", Shown.value(bucket) + ": is no name of a bucket");
    }
    String prefix = config.text("prefix", "");
    if (prefix.getBytes(UTF_8).length > S3Settings.MAX_PREFIX || prefix.startsWith("/")) {
      config.problem(
          "prefix",
          Shown.value(prefix)
              + ": must have at most "
              + S3Settings.MAX_PREFIX
              + " bytes and not begin with a slash");
    }
    var settings =
        new S3Settings(
            bucket,
            prefix,
            region(config),
            endpoint(config),
            config.bool("path_style", false),
            config.bool("gzip", true));
    config.done();
    return settings;
  }

  static CloudwatchSettings cloudwatch(YamlSection config) {
    String group = config.required("log_group");
    if (!group.isEmpty() && !LOG_GROUP.matcher(group).matches()) {
      config.problem("log_group", Shown.value(group) + ": must be 1..512 of A-Z a-z 0-9 _ / . # -");
    }
    String stream = config.text("log_stream", CloudwatchSettings.SOURCE);
    if (stream.isEmpty()) {
      config.problem("log_stream", "must not be empty");
    }
    var settings =
        new CloudwatchSettings(
            group, stream, region(config), endpoint(config), config.bool("create", true));
    config.done();
    return settings;
  }

  private static String region(YamlSection config) {
    String region = config.text("region", "");
    if (!region.isEmpty() && !REGION.matcher(region).matches()) {
      config.problem("region", Shown.value(region) + ": is no region, write eu-central-1");
      return "";
    }
    return region;
  }

  /** A login in it would be shown wherever the endpoint is, and is not used by anybody. */
  private static @Nullable URI endpoint(YamlSection config) {
    String text = config.text("endpoint");
    if (text == null || text.isEmpty()) {
      return null;
    }
    try {
      URI endpoint = new URI(text);
      boolean web = "http".equals(endpoint.getScheme()) || "https".equals(endpoint.getScheme());
      if (web
          && endpoint.getHost() != null
          && endpoint.getUserInfo() == null
          && endpoint.getQuery() == null) {
        return endpoint;
      }
    } catch (URISyntaxException e) {
      // told below, without the text: it may hold a login
    }
    config.problem(
        "endpoint", "must be http://host:port or https://host:port, without user and password");
    return null;
  }
}
