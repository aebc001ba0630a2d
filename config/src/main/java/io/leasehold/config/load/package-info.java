/** Where settings come from: files, foreign dialects, the environment, the command line. */
@NullMarked
package io.leasehold.config.load;

import org.jspecify.annotations.NullMarked;
