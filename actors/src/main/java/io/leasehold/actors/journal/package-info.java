/**
 * The group-commit journal: a gate that collects changes while a commit is under way, and the
 * writer that commits each group as one event. Used by every durable part of the product.
 */
@NullMarked
package io.leasehold.actors.journal;

import org.jspecify.annotations.NullMarked;
