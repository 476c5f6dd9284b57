// The permissions of a key on IO, by IO's names. Who asks for them: the sandbox for its keys and
// scenarios, the linter for what IO would answer to a key.
// Source: io-functions-commons `UserGroup` for the functions, IO's gateway policies for the rest.

/** Known to IO's functions; there, other names are dropped without a word. */
export const functionGroups = [
  'ApiDebugRead',
  'ApiDevelopmentProfileWrite',
  'ApiFullProfileRead',
  'ApiInfoRead',
  'ApiLegalMessageRead',
  'ApiLimitedMessageWrite',
  'ApiLimitedProfileRead',
  'ApiLollipopAssertionRead',
  'ApiMessageList',
  'ApiMessageRead',
  'ApiMessageReadAdvanced',
  'ApiMessageReadWithLegalData',
  'ApiMessageWrite',
  'ApiMessageWriteAdvanced',
  'ApiMessageWriteDefaultAddress',
  'ApiMessageWriteEUCovidCert',
  'ApiMessageWriteWithLegalData',
  'ApiMessageWriteWithLegalDataWithoutImpersonification',
  'ApiMessageWriteWithPayee',
  'ApiNewMessageNotify',
  'ApiProfileWrite',
  'ApiPublicServiceList',
  'ApiPublicServiceRead',
  'ApiReminderNotify',
  'ApiServiceByRecipientQuery',
  'ApiServiceList',
  'ApiServiceRead',
  'ApiServiceWrite',
  'ApiSubscriptionsFeedRead',
  'ApiThirdPartyMessageWrite',
  'ApiUserAdmin',
] as const

/** Looked at by the gateway, or by another product, only. */
export const gatewayGroups = [
  'ApiAuthenticationClientCertificate',
  'ApiNoRateLimit',
  'ApiRateLimit250',
  'ApiRemoteContentConfigurationWrite',
] as const

export type IoGroup = (typeof functionGroups)[number] | (typeof gatewayGroups)[number]

export const ioGroups: readonly IoGroup[] = [...functionGroups, ...gatewayGroups]

/** What IO's back office gives to the key of an ordinary institution. */
export const ordinaryGroups: readonly IoGroup[] = [
  'ApiMessageWrite',
  'ApiInfoRead',
  'ApiMessageRead',
  'ApiLimitedProfileRead',
  'ApiServiceWrite',
]

/** What pagoPA grants on top of those, by agreement. */
export const featureGroups: readonly IoGroup[] = [
  'ApiMessageReadAdvanced',
  'ApiMessageWriteAdvanced',
  'ApiMessageWriteEUCovidCert',
  'ApiMessageWriteWithPayee',
  'ApiRemoteContentConfigurationWrite',
  'ApiSubscriptionsFeedRead',
  'ApiThirdPartyMessageWrite',
]
