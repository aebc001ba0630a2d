package io.leasehold.domain.kv;

/** Why an operation of a transaction was not done. */
final class KvWhyNot {
  private KvWhyNot() {}

  static String text(KvResult result) {
    if (result instanceof KvResult.Absent) {
      return "no such key";
    } else if (result instanceof KvResult.NotAnInteger) {
      return "the value is not a decimal 64-bit integer";
    } else if (result instanceof KvResult.Overflow) {
      return "the result would not fit into 64 bits";
    } else if (result instanceof KvResult.CasMismatch mismatch) {
      return "the value is not the expected one, version is " + mismatch.currentVersion();
    }
    return "refused";
  }
}
