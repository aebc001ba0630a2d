package io.leasehold.http.kv;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.leasehold.domain.access.ApiKeys;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.Condition;
import io.leasehold.domain.kv.Fence;
import io.leasehold.domain.kv.KvKeys;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.Precondition;
import io.leasehold.http.access.Answer.Problem;
import io.leasehold.http.access.ApiCall;
import io.leasehold.http.access.Refused;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads a transaction. No state; safe for any thread. */
final class TransactionReader {
  private static final int MAX_OPERATIONS = 100;
  private static final int MAX_CONDITIONS = 100;
  private static final long MAX_BYTES = 3L << 19;

  private TransactionReader() {}

  /** The body as it came: conditions and fence of the whole, and the operations. */
  private record Body(List<Fields> operations, List<Fields> conditions, @Nullable Fence fence) {}

  static KvOperation.Transaction of(ApiCall call) {
    byte[] bytes = call.body().toArrayUnsafe();
    List<Fields> operations = Json.object(bytes, Problem.INVALID_JSON, TransactionReader::list);
    // the rest of the members are those of any object: a second pass, over what is in memory
    Fields rest = Json.object(bytes, Problem.INVALID_JSON, Fields::read);
    if (operations.isEmpty()) {
      throw new Refused(Problem.INVALID_REQUEST, "operations is needed, with one entry at least");
    }
    return transaction(call, new Body(operations, rest.conditions(), Fences.of(call, rest)));
  }

  private static List<Fields> list(JsonParser json) throws IOException {
    List<Fields> all = List.of();
    for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
      JsonToken token = json.nextToken();
      if (!name.equals("operations")) {
        json.skipChildren();
      } else if (token == JsonToken.START_ARRAY) {
        all =
            BatchBody.elements(
                json,
                name,
                JsonToken.START_OBJECT,
                "must be a list of objects",
                Fields::read,
                MAX_OPERATIONS);
      } else {
        throw new Refused(Problem.INVALID_REQUEST, "operations must be a list of objects");
      }
    }
    return all;
  }

  private static KvOperation.Transaction transaction(ApiCall call, Body body) {
    var conditions = new ArrayList<Condition>();
    for (Fields each : body.conditions()) {
      conditions.add(condition(each, Keys.checked(call, each.key())));
    }
    int conditionCount = conditions.size();
    var steps = new ArrayList<KvOperation.Step>();
    for (Fields each : body.operations()) {
      Bytes key = Keys.checked(call, each.key());
      var own = new ArrayList<Condition>();
      for (Fields condition : each.conditions()) {
        if (condition.has(Field.KEY) && !key.equals(Keys.checked(call, condition.key()))) {
          throw new Refused(
              Problem.INVALID_REQUEST,
              "a condition of an operation is about the key of the operation");
        }
        own.add(condition(condition, key));
      }
      conditionCount += own.size();
      steps.add(new KvOperation.Step(operation(call, each, key), own));
    }
    if (conditionCount > MAX_CONDITIONS) {
      throw new Refused(
          Problem.INVALID_REQUEST,
          conditionCount + " conditions: at most " + MAX_CONDITIONS + " are allowed");
    }
    oneShard(conditions, steps);
    var transaction = new KvOperation.Transaction(conditions, steps, body.fence());
    if (transaction.weight() > MAX_BYTES) {
      throw new Refused(
          Problem.INVALID_REQUEST,
          "keys, values and metadata have "
              + transaction.weight()
              + " bytes, at most "
              + MAX_BYTES);
    }
    return transaction;
  }

  private static Condition condition(Fields condition, Bytes key) {
    Condition.Kind kind = kind(condition);
    long version = 0;
    if (kind == Condition.Kind.VERSION_MATCH) {
      version = condition.integer(Field.VERSION, -1, Problem.INVALID_REQUEST);
      if (version < 0) {
        throw new Refused(
            Problem.INVALID_REQUEST, "version_match needs version, a number of 0 or more");
      }
    }
    Bytes value = kind == Condition.Kind.VALUE_MATCH ? condition.value(Field.VALUE) : Bytes.EMPTY;
    return new Condition(key, kind, version, value);
  }

  private static Condition.Kind kind(Fields condition) {
    String type = condition.text(Field.TYPE);
    for (Condition.Kind kind : Condition.Kind.values()) {
      if (kind.wireName().equals(type)) {
        return kind;
      }
    }
    throw new Refused(
        Problem.INVALID_REQUEST,
        "the type of a condition must be key_exists, key_not_exists, version_match or value_match");
  }

  private static KvOperation operation(ApiCall call, Fields fields, Bytes key) {
    String type = fields.text(Field.TYPE);
    return switch (type == null ? "" : type) {
      case "put" ->
          new KvOperation.Put(
              key,
              fields.value(Field.VALUE),
              fields.metadata(),
              fields.ttl(true),
              Precondition.NONE,
              null);
      case "delete" -> new KvOperation.Delete(key, Precondition.NONE, null);
      case "touch" ->
          new KvOperation.Touch(key, KeyRoutes.touchTtl(fields), Precondition.NONE, null);
      case "increment" -> KeyRoutes.increment(key, fields, Precondition.NONE, null);
      case "get" -> get(call, key);
      default ->
          throw new Refused(
              Problem.INVALID_REQUEST,
              "the type of an operation must be put, delete, touch, increment or get");
    };
  }

  private static KvOperation get(ApiCall call, Bytes key) {
    if (!call.may(ApiKeys.Right.KV_READ)) {
      throw new Refused(
          Problem.FORBIDDEN, "the key does not have the scope kv:read, which get needs");
    }
    return new KvOperation.Get(key, Precondition.NONE, null);
  }

  /** The answer must not depend on the number of shards: it is the hash part that must agree. */
  private static void oneShard(List<Condition> conditions, List<KvOperation.Step> steps) {
    Bytes first = steps.get(0).operation().key();
    Bytes part = KvKeys.hashPart(first);
    for (KvOperation.Step step : steps) {
      same(first, part, step.operation().key());
    }
    for (Condition condition : conditions) {
      same(first, part, condition.key());
    }
  }

  private static void same(Bytes first, Bytes part, Bytes key) {
    if (!KvKeys.hashPart(key).equals(part)) {
      throw new Refused(
          Problem.CROSS_SHARD,
          first + " and " + key + " have different hash parts; give all keys one {tag}");
    }
  }
}
