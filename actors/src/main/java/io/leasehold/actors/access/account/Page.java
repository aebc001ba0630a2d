package io.leasehold.actors.access.account;

import java.util.List;

/**
 * One page of a list, newest first.
 *
 * @param total items of all pages
 * @param page from 1
 * @param limit items of a full page
 */
public record Page<T>(List<T> items, long total, int page, int limit) {
  public Page {
    items = List.copyOf(items);
  }

  /** Which page is wanted. */
  public record Wanted(int page, int limit) {
    long offset() {
      return (page - 1L) * limit;
    }
  }

  public long pages() {
    return (total + limit - 1) / limit;
  }
}
