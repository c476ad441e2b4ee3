// All tests in one process, so that one service and one browser serve them all.

import './scripts.test.mjs';
import './login.test.mjs';
import './provider.test.mjs';
import './audit.test.mjs';
import './operations.test.mjs';
import './keys.test.mjs';
import './change.test.mjs';
import './group.test.mjs';
import './proof.test.mjs';
import './every_page.test.mjs';
import './strangers.test.mjs';
import './naughty.test.mjs';
