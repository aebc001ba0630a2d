package io.leasehold.actors.cluster;

import com.typesafe.config.Config;
import io.leasehold.config.Settings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.pekko.cluster.ConfigValidation;
import org.apache.pekko.cluster.Invalid;
import org.apache.pekko.cluster.JoinConfigCompatChecker;
import org.apache.pekko.cluster.Valid$;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Keeps a node out of a cluster with which it has no common data: another name, another number of
 * partitions or shards, another durability, another database. Pekko asks it when a node joins, on
 * both sides.
 */
public final class SameData extends JoinConfigCompatChecker {
  private static final String SECTION = "leasehold.cluster-wide.";
  private static final List<String> NAMES =
      List.of("cluster-name", "partitions", "kv-shards", "durability", "data");

  static Map<String, Object> of(Settings settings, String dataId) {
    var values = new LinkedHashMap<String, Object>();
    values.put(SECTION + "cluster-name", settings.cluster().name());
    values.put(SECTION + "partitions", Integer.toString(settings.partitions()));
    values.put(SECTION + "kv-shards", Integer.toString(settings.kv().shards()));
    values.put(
        SECTION + "durability", settings.durability().name().toLowerCase(java.util.Locale.ROOT));
    values.put(SECTION + "data", dataId);
    values.put(
        "pekko.cluster.configuration-compatibility-check.checkers.leasehold",
        SameData.class.getName());
    return values;
  }

  /** What a node brings into a cluster, for the log of one that was refused. */
  public static String describe(Config config) {
    var text = new StringBuilder();
    for (String name : NAMES) {
      text.append(text.length() == 0 ? "" : ", ").append(name).append(" = ");
      text.append(config.hasPath(SECTION + name) ? config.getString(SECTION + name) : "none");
    }
    return text.toString();
  }

  @Override
  public Seq<String> requiredKeys() {
    return scala(NAMES.stream().map(name -> SECTION + name).toList());
  }

  @Override
  public ConfigValidation check(Config joining, Config own) {
    var differences = new ArrayList<String>();
    for (String name : NAMES) {
      String path = SECTION + name;
      String theirs = joining.hasPath(path) ? joining.getString(path) : "none";
      String ours = own.hasPath(path) ? own.getString(path) : "none";
      if (!theirs.equals(ours)) {
        differences.add(name + " = " + theirs + ": the other side has " + ours);
      }
    }
    return differences.isEmpty() ? Valid$.MODULE$ : new Invalid(scala(differences));
  }

  private static Seq<String> scala(List<String> list) {
    return CollectionConverters.asScala(list).toList();
  }
}
