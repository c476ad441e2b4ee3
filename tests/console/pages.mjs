// Every page, by its name: who sees it, and where it is.

import { customers, operator, support } from './world.mjs';

const { acme, hoshino, logistics } = customers;
const at = (customer, path = '') => `/console/customers/${customer}${path}`;

/** The pages. Those without somebody are seen by anybody. */
export const PAGES = [
  { name: 'sign in', path: '/console/login' },
  { name: 'search', who: support, path: '/console' },
  { name: 'customers', who: support, path: '/console/customers' },
  { name: 'found', who: support, path: '/console/customers?q=acme' },
  { name: 'customer', who: support, path: at(acme) },
  { name: 'past', who: support, path: at(acme, '?version=3') },
  { name: 'event', who: support, path: at(acme, '/events/9') },
  { name: 'diff', who: support, path: at(acme, '/diff?from=3&to=9') },
  { name: 'audit', who: support, path: '/console/audit' },
  { name: 'audit of a field', who: support, path: '/console/audit?field=%2Fprofile%2Faddress&no_reason=yes' },
  { name: 'audit without a match', who: support, path: '/console/audit?actor=nobody' },
  { name: 'changes', who: support, path: at(acme, '/change') },
  { name: 'change of the profile', who: support, path: at(acme, '/change/update-profile') },
  { name: 'change of the metadata', who: support, path: at(acme, '/change/replace-metadata') },
  { name: 'change of the payment', who: support, path: at(acme, '/change/set-default-payment-profile') },
  { name: 'change of taxes', who: support, path: at(acme, '/change/set-tax-settings') },
  { name: 'undo', who: support, path: at(acme, '/change/undo-event?version=9') },
  { name: 'group', who: support, path: at(logistics, '/group') },
  { name: 'group of one', who: support, path: at(hoshino, '/group') },
  { name: 'proof', who: support, path: at(acme, '/events/9/proof') },
  { name: 'keys', who: support, path: '/console/keys' },
  { name: 'reads', who: support, path: '/console/reads' },
  { name: 'operations', who: operator, path: '/console/operations' },
  { name: 'parked', who: operator, path: '/console/operations/customer_list/parked' },
  { name: 'not found', who: support, path: '/console/customers/00000000-0000-7000-8000-000000000000', status: 404 },
];
