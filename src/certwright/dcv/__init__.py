"""The network side of domain control: look in DNS and on the web for what an applicant has published."""
