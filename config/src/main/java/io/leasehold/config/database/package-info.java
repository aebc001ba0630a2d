/** Settings of the journal's database. */
@NullMarked
package io.leasehold.config.database;

import org.jspecify.annotations.NullMarked;
