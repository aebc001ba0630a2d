package io.leasehold.app.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeAndTimeBasedRollingPolicy;
import ch.qos.logback.core.util.FileSize;
import io.leasehold.config.log.LogFormat;
import io.leasehold.config.log.LogLevel;
import io.leasehold.config.log.LogSettings;
import io.leasehold.domain.telemetry.OwnEvents;
import io.prometheus.client.Collector;
import io.prometheus.client.CounterMetricFamily;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.LoggerFactory;

/** Sets the log up from the settings. One thread. */
public final class Logging {
  /** The property of the context with the name of the node, once it is known. */
  static final String NODE = "node";

  private static final FileSize MAX_FILE = FileSize.valueOf("100MB");
  private static final int MAX_FILES = 14;

  /** A day may have many files: without this only days were counted. */
  private static final FileSize MAX_ALL = new FileSize(MAX_FILES * MAX_FILE.getSize());

  private final LongAdder dropped = new LongAdder();

  /**
   * Replaces whatever was set up before.
   *
   * @param node in every line of JSON
   */
  public static Logging configure(LogSettings settings, String node) {
    return configure(settings, node, "System.out");
  }

  /** The same for a process whose standard output is for something else. */
  public static Logging configureOnStandardError(LogSettings settings, String node) {
    return configure(settings, node, "System.err");
  }

  private static Logging configure(LogSettings settings, String node, String console) {
    var logging = new Logging();
    var context = context();
    context.reset();
    var appender = new BoundedAppender(logging.dropped);
    appender.setContext(context);
    appender.addAppender(output(settings, node, console, context));
    appender.start();
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    boolean everything = settings.level() == LogLevel.TRACE;
    root.setLevel(everything ? Level.DEBUG : Level.WARN);
    root.addAppender(appender);
    context.getLogger("leasehold").setLevel(Level.toLevel(settings.level().name()));
    context.getLogger("io.leasehold").setLevel(Level.toLevel(settings.level().name()));
    // says at each start that H2 is newer than what it was tested with
    context.getLogger("org.flywaydb").setLevel(Level.ERROR);
    // shows SQL with its parameters at debug
    context.getLogger("slick").setLevel(Level.WARN);
    // show signatures and session tokens at debug
    context.getLogger("software.amazon.awssdk").setLevel(Level.WARN);
    context.getLogger("org.apache.hc").setLevel(Level.WARN);
    // shows what it sends, passwords among it, at its finest
    context.getLogger("io.lettuce").setLevel(Level.WARN);
    // warns of what it drops while a partition moves: that is asked again
    context
        .getLogger("org.apache.pekko.cluster.sharding")
        .setLevel(everything ? Level.DEBUG : Level.ERROR);
    return logging;
  }

  private static OutputStreamAppender<ILoggingEvent> output(
      LogSettings settings, String node, String console, LoggerContext context) {
    var encoder = new LineEncoder(settings.format() == LogFormat.JSON, node);
    encoder.setContext(context);
    encoder.start();
    var file = settings.file();
    OutputStreamAppender<ILoggingEvent> output =
        file == null ? console(console) : rolling(file.toString(), context);
    output.setContext(context);
    output.setEncoder(encoder);
    output.start();
    return output;
  }

  private static ConsoleAppender<ILoggingEvent> console(String target) {
    var appender = new ConsoleAppender<ILoggingEvent>();
    appender.setTarget(target);
    return appender;
  }

  private static RollingFileAppender<ILoggingEvent> rolling(String file, LoggerContext context) {
    var appender = new RollingFileAppender<ILoggingEvent>();
    appender.setContext(context);
    appender.setFile(file);
    var policy = new SizeAndTimeBasedRollingPolicy<ILoggingEvent>();
    policy.setContext(context);
    policy.setParent(appender);
    policy.setFileNamePattern(file + ".%d{yyyy-MM-dd}.%i");
    policy.setMaxFileSize(MAX_FILE);
    policy.setMaxHistory(MAX_FILES);
    policy.setTotalSizeCap(MAX_ALL);
    policy.setCleanHistoryOnStart(true);
    policy.start();
    appender.setRollingPolicy(policy);
    return appender;
  }

  /** From now on lines of JSON have this for the node, whose port may have been any free one. */
  public static void runsAs(String node) {
    context().putProperty(NODE, node);
  }

  /** What locks and the store log is told there too, until the result is run. */
  public static Runnable tell(OwnEvents events) {
    var appender = new OwnEventAppender(events);
    appender.setContext(context());
    appender.start();
    OwnEventAppender.LOGGERS.forEach(each -> context().getLogger(each).addAppender(appender));
    return () ->
        OwnEventAppender.LOGGERS.forEach(
            each -> context().getLogger(each).detachAppender(appender));
  }

  /** Lines that were dropped because the queue was full. */
  public Collector droppedLines() {
    return new Collector() {
      @Override
      public List<MetricFamilySamples> collect() {
        return List.of(
            new CounterMetricFamily(
                "leasehold_log_dropped",
                "Log lines that were dropped because the queue was full.",
                (double) dropped.sum()));
      }
    };
  }

  /** Writes what is still in the queue. The last thing before the process ends. */
  public static void flush() {
    context().stop();
  }

  private static LoggerContext context() {
    return (LoggerContext) LoggerFactory.getILoggerFactory();
  }
}
