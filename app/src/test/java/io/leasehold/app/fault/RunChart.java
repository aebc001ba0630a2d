package io.leasehold.app.fault;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Rectangle;
import java.io.IOException;
import java.nio.file.Path;
import java.text.NumberFormat;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import org.jfree.chart.ChartUtils;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.LegendItem;
import org.jfree.chart.LegendItemCollection;
import org.jfree.chart.axis.LogAxis;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.axis.NumberTickUnit;
import org.jfree.chart.axis.ValueAxis;
import org.jfree.chart.plot.CombinedDomainXYPlot;
import org.jfree.chart.plot.IntervalMarker;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.XYLineAndShapeRenderer;
import org.jfree.chart.ui.Layer;
import org.jfree.chart.ui.RectangleAnchor;
import org.jfree.chart.ui.TextAnchor;
import org.jfree.data.xy.XYSeries;
import org.jfree.data.xy.XYSeriesCollection;

/**
 * The picture of a run: what succeeded, what failed and how slow it was, over time, with the faults
 * behind it.
 */
final class RunChart {
  private static final int WIDTH = 1_600;
  private static final int HEIGHT = 900;
  private static final int MAX_POINTS = 400;
  private static final Font SMALL = new Font(Font.SANS_SERIF, Font.PLAIN, 12);
  private static final Color GREEN = new Color(0x2e7d32);
  private static final Color BLUE = new Color(0x1565c0);
  private static final Color ORANGE = new Color(0xef6c00);
  private static final Color RED = new Color(0xc62828);
  private static final Color PURPLE = new Color(0x6a1b9a);
  private static final Color TEAL = new Color(0x00838f);

  /** Behind the lines, so pale; one per kind of fault, in turn. */
  private static final List<Color> FAULTS =
      List.of(RED, PURPLE, BLUE, new Color(0x5d4037), GREEN, new Color(0xad1457), TEAL);

  private static final Color RECOVERY = ORANGE;
  private static final float PALE = 0.2f;

  /** With more faults their names would lie on each other: then only the legend has them. */
  private static final int MAX_LABELS = 8;

  private static final Color CLEAR = new Color(255, 255, 255, 0);

  private final RunResult result;
  private final long bucket;
  private final int buckets;

  private RunChart(RunResult result) {
    this.result = result;
    long end = History.SECOND;
    for (int i = 0; i < result.history().size(); i++) {
      long answered = result.history().get(i).answeredNanos();
      end = answered == Long.MAX_VALUE ? end : Math.max(end, answered);
    }
    // Half seconds, or as many of them as keep the lines apart.
    bucket = History.SECOND / 2 * (1 + end / (History.SECOND / 2) / MAX_POINTS);
    buckets = (int) (end / bucket) + 1;
  }

  static void write(RunResult result, Path file) throws IOException {
    System.setProperty("java.awt.headless", "true");
    ChartUtils.saveChartAsPNG(file.toFile(), new RunChart(result).draw(), WIDTH, HEIGHT);
  }

  private JFreeChart draw() {
    var time = new NumberAxis("seconds since the start of the run");
    time.setRange(0, buckets * seconds(bucket));
    var all = new CombinedDomainXYPlot(time);
    all.setGap(12);
    XYPlot successes = plot(new NumberAxis("answers per second"));
    line(successes, GREEN, perSecond("grants", Operation::isGrant));
    line(
        successes,
        BLUE,
        perSecond("releases, extends, verifies, exists", op -> op.outcome() == Outcome.DONE));
    line(successes, ORANGE, perSecond("refused", op -> op.outcome().isRefusal()));
    XYPlot failures = plot(new NumberAxis("failures per second"));
    line(
        failures,
        TEAL,
        perSecond("unavailable, not applied", op -> op.outcome() == Outcome.NOT_APPLIED));
    line(
        failures, PURPLE, perSecond("unavailable, unknown", op -> op.outcome() == Outcome.UNKNOWN));
    line(failures, RED, perSecond("connection broken", op -> op.outcome() == Outcome.BROKEN));
    failures.getRangeAxis().setLowerBound(0);
    XYPlot slowness = plot(millis());
    line(slowness, Color.DARK_GRAY, slowest("slowest answer beyond its own wait"));
    all.add(successes, 4);
    all.add(failures, 2);
    all.add(slowness, 2);
    all.setFixedLegendItems(legend(all));
    faults(successes, failures, slowness);
    var chart = new JFreeChart(title(), new Font(Font.SANS_SERIF, Font.BOLD, 16), all, true);
    chart.setBackgroundPaint(Color.WHITE);
    chart.getLegend().setItemFont(SMALL);
    return chart;
  }

  private String title() {
    return String.format(
        Locale.ROOT,
        "%s, seed %d: %,d operations, %d faults, %d violations",
        result.run().name(),
        result.run().load().seed(),
        result.history().size(),
        result.strikes().size(),
        result.verdict().violations().size());
  }

  private static LogAxis millis() {
    var axis = new LogAxis("milliseconds");
    axis.setRange(1, 20_000);
    axis.setTickUnit(new NumberTickUnit(1));
    axis.setNumberFormatOverride(NumberFormat.getIntegerInstance(Locale.ROOT));
    return axis;
  }

  private static double seconds(long nanos) {
    return nanos / (double) History.SECOND;
  }

  private static XYPlot plot(ValueAxis range) {
    var plot = new XYPlot();
    plot.setRangeAxis(range);
    plot.setBackgroundPaint(Color.WHITE);
    plot.setDomainGridlinePaint(Color.LIGHT_GRAY);
    plot.setRangeGridlinePaint(Color.LIGHT_GRAY);
    range.setLabelFont(SMALL);
    return plot;
  }

  private static void line(XYPlot plot, Color color, XYSeries series) {
    int index = plot.getDataset(0) == null ? 0 : plot.getDatasetCount();
    var renderer = new XYLineAndShapeRenderer(true, false);
    renderer.setSeriesPaint(0, color);
    renderer.setSeriesStroke(0, new BasicStroke(1.6f));
    plot.setDataset(index, new XYSeriesCollection(series));
    plot.setRenderer(index, renderer);
  }

  private XYSeries perSecond(String name, Predicate<Operation> counts) {
    double[] values = new double[buckets];
    for (int i = 0; i < result.history().size(); i++) {
      Operation operation = result.history().get(i);
      if (operation.answeredNanos() != Long.MAX_VALUE && counts.test(operation)) {
        values[(int) (operation.answeredNanos() / bucket)] += 1 / seconds(bucket);
      }
    }
    return series(name, values, i -> true);
  }

  private XYSeries slowest(String name) {
    double[] values = new double[buckets];
    for (int i = 0; i < result.history().size(); i++) {
      Operation operation = result.history().get(i);
      if (operation.answeredNanos() != Long.MAX_VALUE) {
        int at = (int) (operation.answeredNanos() / bucket);
        double millis = FaultReport.overtime(operation) / (double) History.MILLI;
        values[at] = Math.max(values[at], millis);
      }
    }
    return series(name, values, i -> values[i] >= 1);
  }

  private XYSeries series(String name, double[] values, IntPredicate isShown) {
    var series = new XYSeries(name);
    for (int i = 0; i < values.length; i++) {
      series.add((i + 0.5) * seconds(bucket), isShown.test(i) ? (Number) values[i] : null);
    }
    return series;
  }

  private List<String> faultNames() {
    return result.strikes().stream().map(Strike::name).distinct().toList();
  }

  private Color color(String fault) {
    return FAULTS.get(faultNames().indexOf(fault) % FAULTS.size());
  }

  private static Color pale(Color color) {
    return new Color(color.getRed(), color.getGreen(), color.getBlue(), Math.round(255 * PALE));
  }

  private LegendItemCollection legend(CombinedDomainXYPlot lines) {
    LegendItemCollection items = lines.getLegendItems();
    for (String name : faultNames()) {
      items.add(patch(name, color(name)));
    }
    items.add(patch("until every key is served again", RECOVERY));
    return items;
  }

  private static LegendItem patch(String name, Color color) {
    return new LegendItem(name, null, null, null, new Rectangle(14, 10), pale(color));
  }

  private void faults(XYPlot labelled, XYPlot... others) {
    for (Strike strike : result.strikes()) {
      long recovered = strike.hasRecovered() ? strike.recoveredNanos() : buckets * bucket;
      IntervalMarker fault = marker(strike.beganNanos(), strike.endedNanos(), color(strike.name()));
      IntervalMarker recovery = marker(strike.endedNanos(), recovered, RECOVERY);
      for (XYPlot plot : others) {
        plot.addDomainMarker(fault, Layer.BACKGROUND);
        plot.addDomainMarker(recovery, Layer.BACKGROUND);
      }
      labelled.addDomainMarker(fault, Layer.BACKGROUND);
      labelled.addDomainMarker(recovery, Layer.BACKGROUND);
      if (result.strikes().size() <= MAX_LABELS) {
        labelled.addDomainMarker(label(strike), Layer.FOREGROUND);
      }
    }
  }

  /** On its own: the paleness of a marker would be that of its label. */
  private static IntervalMarker label(Strike strike) {
    IntervalMarker label = marker(strike.beganNanos(), strike.endedNanos(), CLEAR);
    label.setAlpha(1);
    label.setLabel(strike.name());
    label.setLabelFont(SMALL);
    label.setLabelPaint(Color.BLACK);
    label.setLabelBackgroundColor(CLEAR);
    label.setLabelAnchor(RectangleAnchor.TOP_LEFT);
    label.setLabelTextAnchor(TextAnchor.TOP_LEFT);
    return label;
  }

  private static IntervalMarker marker(long fromNanos, long toNanos, Color color) {
    var marker = new IntervalMarker(seconds(fromNanos), seconds(toNanos));
    marker.setPaint(color);
    marker.setAlpha(PALE);
    marker.setOutlinePaint(null);
    return marker;
  }
}
